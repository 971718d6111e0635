using System.Security.Cryptography;

namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>Payloads on the channel that are not of this farm.</summary>
public sealed class HostileFrameTests(ITestOutputHelper output) : FaultTest(output)
{
    private const ulong MaxId = ulong.MaxValue;

    [RedisProcessTheory]
    [InlineData("6a", "empty")]
    [InlineData("6b", "random")]
    [InlineData("6c", "huge length fields")]
    [InlineData("6d", "truncated")]
    [InlineData("6e", "an id going back")]
    [InlineData("6f", "an id of 2^64-1")]
    [InlineData("6g", "an id far ahead")]
    [InlineData("6h", "20 MB")]
    public async Task Foreign_UnderLoad_LosesNothing(string number, string kind)
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var run = await StartAsync(
            new FaultPlan { Case = number, Fault = "foreign frame: " + kind, FullFlowWithin = WithoutLostConnection }, redis.EndPoint);
        await using var administrator = await AdministratorAsync(redis);
        await run.SteadyAsync();

        foreach (var frame in Frames(kind, (ulong)run.Servers[^1].Bus.Status.LastId))
        {
            await administrator.Database.PublishAsync(RedisChannel.Literal(run.AppName), frame);
        }

        await run.AssertHealsAsync();
        Assert.All(run.SubscribingServers, server => Assert.True(server.Bus.Status.FramesSkipped + server.Bus.Status.FramesDuplicate > 0));
        Assert.All(run.SubscribingServers, server => Assert.Equal(0, server.Bus.Status.MessagesLost));
    }

    private static IEnumerable<byte[]> Frames(string kind, ulong lastId) => kind switch
    {
        "empty" => [[]],
        "random" => Enumerable.Range(1, 50).Select(RandomNumberGenerator.GetBytes),
        "huge length fields" => [Damaged(52), Damaged(56), Damaged(60), Damaged(66)],
        "truncated" => Enumerable.Range(0, 70).Select(length => Whole(lastId, lastId + 1)[..length]),
        "an id going back" => [Whole(5, 6), Whole(lastId - 10, lastId - 9)],
        "an id of 2^64-1" => [Whole(lastId, MaxId), Whole(MaxId - 1, MaxId), Whole(lastId, MaxId - 1), Whole(MaxId - 2, MaxId - 1)],
        "an id far ahead" => [Whole(lastId, lastId + 1_000_000), Whole(lastId + 999_999, lastId + 1_000_000)],
        "20 MB" => [RandomNumberGenerator.GetBytes(20 * 1024 * 1024)],
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static byte[] Damaged(int offset)
    {
        var frame = Whole(10, 11);
        frame.AsSpan(offset, Math.Min(4, frame.Length - offset)).Fill(0xFF);
        return frame;
    }

    private static byte[] Whole(ulong previousId, ulong firstId)
    {
        var writer = new FrameWriter();
        writer.Append(new Message("someone", "elsewhere", "something to say"));
        _ = writer.Complete(PublisherId.New(), 1, 1);
        return writer.ToFrame(previousId, firstId);
    }
}
