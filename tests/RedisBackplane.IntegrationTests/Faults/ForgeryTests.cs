using System.Security.Cryptography;

namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>Somebody may write to the channel, or also to the keys, and does not have the key of the farm.</summary>
public sealed class ForgeryTests(ITestOutputHelper output) : FaultTest(output)
{
    private const int UnauthenticatedEvent = 3020;
    private static readonly byte[] FarmKey = RandomNumberGenerator.GetBytes(32);

    [RedisProcessTheory]
    [InlineData("6i", "the very next id, not signed", false)]
    [InlineData("6j", "the very next id, signed with another key", true)]
    public async Task Forged_WithTheNextIds_IsDroppedAndLosesNothing(string number, string kind, bool isSigned)
    {
        var forger = isSigned ? Authenticator(RandomNumberGenerator.GetBytes(32), "Chat") : null;
        await using var redis = await RedisServerProcess.StartAsync();
        await using var run = await StartAsync(Plan(number, kind), redis.EndPoint, WithKey);
        await using var administrator = await AdministratorAsync(redis);
        await run.SteadyAsync();

        for (var i = 0; i < 200; i++)
        {
            var last = (ulong)run.Servers[^1].Bus.Status.LastId;
            foreach (var next in new[] { last + 1, last + 2, last + 3 })
            {
                await administrator.Database.PublishAsync(RedisChannel.Literal(run.AppName), Forged(last, next, forger));
            }
        }

        run.FaultEnded();

        await AssertUnharmed(run);
        Assert.All(run.SubscribingServers, server => Assert.Equal(600, server.Bus.Status.FramesUnauthenticated));
    }

    [RedisProcessFact]
    public async Task Forged_ThroughTheScript_TakesIdsAndLosesNothing()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var run = await StartAsync(Plan("6k", "stored by the script, not signed"), redis.EndPoint, WithKey);
        await using var administrator = await AdministratorAsync(redis);
        var names = new RedisNames(run.AppName, 0);
        await run.SteadyAsync();

        for (var i = 0; i < 20; i++)
        {
            await StoreAsync(administrator.Database, names);
        }

        run.FaultEnded();

        await AssertUnharmed(run);
    }

    [RedisProcessFact]
    public async Task Replayed_UnderTheNextIds_IsDroppedAndLosesNothing()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var run = await StartAsync(Plan("6l", "genuine, sent again under the very next ids"), redis.EndPoint, WithKey);
        using var thief = await ConnectionMultiplexer.ConnectAsync(redis.EndPoint);
        var channel = RedisChannel.Literal(run.AppName);
        var stolen = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await thief.GetSubscriber().SubscribeAsync(channel, (_, payload) => stolen.TrySetResult(payload!));
        await run.SteadyAsync();
        var frame = await stolen.Task;

        for (var i = 0; i < 200; i++)
        {
            var last = (ulong)run.Servers[^1].Bus.Status.LastId;
            for (var next = last + 1; next <= last + 3; next++)
            {
                Forged(next - 1, next, null).AsSpan(0, FrameLayout.Body).CopyTo(frame);
                await thief.GetSubscriber().PublishAsync(channel, frame);
            }
        }

        await run.AssertHealsAsync();
        Assert.All(run.SubscribingServers, server => Assert.Equal(0, server.Bus.Status.MessagesLost));
        Assert.All(run.SubscribingServers, server => Assert.Equal(0, server.Bus.Status.FramesUnauthenticated));
    }

    private static FaultPlan Plan(string number, string kind) =>
        new() { Case = number, Fault = "forged frame: " + kind, FullFlowWithin = WithoutLostConnection };

    private static void WithKey(RedisBackplaneOptions options) => options.AuthenticationKeys.Add(FarmKey);

    private static async Task AssertUnharmed(FaultRun run)
    {
        await run.AssertAsync();
        Assert.All(run.SubscribingServers, server =>
        {
            Assert.Equal(0, server.Bus.Status.MessagesLost);
            Assert.True(server.Bus.Status.FramesUnauthenticated > 0);
            Assert.InRange(server.Logs.Lines.Count(line => line.Event == UnauthenticatedEvent), 1, 2);
        });
    }

    private static FrameAuthenticator Authenticator(byte[] key, string appName) => FrameAuthenticator.Create([key], false, appName, 0, 0)!;

    private static async Task StoreAsync(IDatabase database, RedisNames names)
    {
        var publisher = PublisherId.New();
        var body = Forged(0, 1, null, publisher).AsMemory(FrameLayout.Body);
        var reply = await database.ScriptEvaluateAsync(
            PublishScript.Text,
            new PublishScript.Keys
            {
                Counter = names.Counter,
                Publisher = names.Publisher(publisher),
                Log = names.Log,
                Server = names.Server,
            }.InOrder(),
            new PublishScript.Arguments
            {
                Batch = new BatchArguments
                {
                    IsUnproven = 0,
                    Epoch = string.Empty,
                    Channel = (string)names.Channel!,
                    Floor = 0,
                    Number = 1,
                    Oldest = 1,
                    Claim = 0,
                    PublisherTtl = 60_000,
                    SegmentBytes = new HistoryLimits(1 << 26, TimeSpan.Zero).SegmentBytes,
                    Segments = new HistoryLimits(1 << 26, TimeSpan.Zero).Segments,
                    HistoryTtl = 60_000,
                    HighestSegment = 0,
                },
                Magic = FrameLayout.Magic.ToArray(),
                Count = 1,
                Frame = body,
                IsApart = false,
                Renews = true,
                Publish = "PUBLISH",
            }.InOrder());
        Assert.Equal(1, (int)reply[0]);
    }

    private static byte[] Forged(ulong previousId, ulong firstId, FrameAuthenticator? authenticator, PublisherId? publisher = null)
    {
        var writer = new FrameWriter();
        writer.Append(new Message("someone", "elsewhere", "something to say"));
        _ = writer.Complete(publisher ?? PublisherId.New(), 1, 1);
        authenticator?.Sign(writer);
        return writer.ToFrame(previousId, firstId);
    }
}
