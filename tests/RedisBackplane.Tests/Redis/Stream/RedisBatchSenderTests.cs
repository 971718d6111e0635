using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace RedisBackplane.Tests.Redis.Stream;

public sealed class RedisBatchSenderTests : MockedRedisTest
{
    private static readonly BatchRequest Request = new(
        new byte[FrameLayout.Body + 3], Count: 4, Frames.Publisher, Number: 17, Oldest: 15, Claim: 14, Floor: 9007199254739999);

    [Fact]
    public async Task SendAsync_Batch_GivesTheScriptItsKeysAndArguments()
    {
        var calls = Redis.OnScript(PublishScript.Text, _ => Reply(1, 42));

        await Create().SendAsync(Request);

        var call = Assert.Single(calls);
        Assert.Equal(["{Chat}:counter", "{Chat}:publisher:" + Frames.Publisher, "{Chat}:log", "{Chat}:server"], call.KeyNames);
        Assert.Equal(
            ["1", "", "Chat{5}", "9007199254739999", "17", "15", "14", "607500", "32704", "30", "67500", "0"],
            call.Values.Take(12).Select(value => (string?)value));
        Assert.Equal(FrameLayout.Magic.ToArray(), (byte[]?)call.Values[12]);
        Assert.Equal("4", (string?)call.Values[13]);
        Assert.Equal(Request.Body.ToArray(), (byte[]?)call.Values[14]);
        Assert.Equal(3, Request.Body.Length);
        Assert.Equal("0", (string?)call.Values[15]);
        Assert.Equal("1", (string?)call.Values[16]);
        Assert.Equal("PUBLISH", (string?)call.Values[17]);
        Assert.Equal(18, call.Values.Length);
    }

    [Fact]
    public async Task SendAsync_LargeFrame_GivesTheScriptAllOfItApartFromItsIds()
    {
        var calls = Redis.OnScript(PublishScript.Text, _ => Reply(1, 42));
        var large = new byte[100_000];

        await Create().SendAsync(Request with { Frame = large });

        var call = Assert.Single(calls);
        Assert.Equal(large, (byte[]?)call.Values[14]);
        Assert.Equal("1", (string?)call.Values[15]);
    }

    [Fact]
    public async Task SendAsync_OneBatchAfterTheOther_RenewsWhatExpiresNowAndThen()
    {
        var calls = Redis.OnScript(PublishScript.Text, _ => Reply(1, 42));
        var time = new FakeTimeProvider();
        var sender = Create(time: time);

        for (var i = 0; i < 4; i++)
        {
            await sender.SendAsync(Request);
            time.Advance(TimeSpan.FromSeconds(3));
        }

        // After an eighth of the history's minute.
        Assert.Equal(["1", "0", "0", "1"], calls.Select(call => (string?)call.Values[16]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task SendAsync_RenewingBatchWasNotStored_RenewsWithTheNext(int outcome)
    {
        var calls = Redis.OnScript(PublishScript.Text, _ => Reply(outcome, 0));
        var sender = Create();

        await sender.SendAsync(Request);
        await sender.SendAsync(Request);

        Assert.Equal(["1", "1"], calls.Select(call => (string?)call.Values[16]));
    }

    [Fact]
    public async Task SendAsync_NoHistory_AsksForNone()
    {
        var calls = Redis.OnScript(PublishScript.Text, _ => Reply(1, 42));

        await Create(historyBytes: 0).SendAsync(Request);

        Assert.Equal("0", (string?)Assert.Single(calls).Values[8]);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 9007199254740990)]
    [InlineData(2, 0)]
    [InlineData(3, 7)]
    public async Task SendAsync_Reply_IsRead(int outcome, long value)
    {
        Redis.OnScript(PublishScript.Text, _ => Reply(outcome, value));

        Assert.Equal(new BatchReply((BatchOutcome)outcome, (ulong)value), await Create().SendAsync(Request));
    }

    public static TheoryData<string> StrangeReplies =>
        ["a number", "nothing", "one number", "three numbers", "an unknown outcome", "a negative id", "text"];

    [Theory]
    [MemberData(nameof(StrangeReplies))]
    public async Task SendAsync_StrangeReply_FailsTheTaskAndReplacesTheConnection(string what)
    {
        Redis.OnScript(PublishScript.Text, _ => what switch
        {
            "a number" => RedisResult.Create((RedisValue)1),
            "nothing" => RedisResult.Create(RedisValue.Null),
            "one number" => RedisResult.Create([(RedisValue)1]),
            "three numbers" => RedisResult.Create([(RedisValue)1, 2, 3]),
            "an unknown outcome" => Reply(5, 1),
            "a negative id" => Reply(1, -1),
            _ => RedisResult.Create([(RedisValue)"a", "b"]),
        });

        var send = Create().SendAsync(Request).AsTask();

        await Assert.ThrowsAsync<BackplaneException>(() => send);
        Assert.Equal(1, Redis.Connection.Reconnects);
    }

    [Fact]
    public async Task SendAsync_ScriptFails_FailsTheTaskAndThrowsNothing()
    {
        Redis.OnScript(PublishScript.Text, _ => throw MockedRedis.Error("OOM"));

        var send = Create().SendAsync(Request).AsTask();

        Assert.Equal("OOM", (await Assert.ThrowsAsync<RedisServerException>(() => send)).Message);
    }

    [Fact]
    public async Task SendAsync_TheClientThrowsAtOnce_FailsTheTaskAndThrowsNothing()
    {
        Redis.Database
            .Setup(database => database.ScriptEvaluateAsync(
                It.IsAny<string>(), It.IsAny<RedisKey[]>(), It.IsAny<RedisValue[]>(), It.IsAny<CommandFlags>()))
            .Throws(new InvalidOperationException("no connection"));

        var send = Create().SendAsync(Request).AsTask();

        await Assert.ThrowsAsync<InvalidOperationException>(() => send);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task SendAsync_WaitForReplicas_CompletesWhenThereAreEnough(int outcome)
    {
        Redis.OnScript(PublishScript.Text, _ => Reply(outcome, 42));
        SetUpWait(reached: 2);

        Assert.Equal((BatchOutcome)outcome, (await Create(replicas: 2).SendAsync(Request)).Outcome);
    }

    [Fact]
    public async Task SendAsync_FewerReplicasThanAskedFor_Fails()
    {
        Redis.OnScript(PublishScript.Text, _ => Reply(1, 42));
        SetUpWait(reached: 1);

        var exception = await Assert.ThrowsAsync<BackplaneException>(() => Create(replicas: 2).SendAsync(Request).AsTask());

        Assert.Contains("1 of 2 replicas", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(3, 4)]
    [InlineData(2, 0)]
    public async Task SendAsync_NotStoredOrOnlyComparesTheRecord_DoesNotWaitForReplicas(int outcome, int number)
    {
        Redis.OnScript(PublishScript.Text, _ => Reply(outcome, 0));
        SetUpWait(reached: 0);

        var request = Request with { Count = number, Number = (ulong)number };
        Assert.Equal((BatchOutcome)outcome, (await Create(replicas: 2).SendAsync(request)).Outcome);
    }

    /// <summary>The answer to the question completes the publish, so it must mean the same.</summary>
    [Fact]
    public async Task SendAsync_QuestionAboutABatchThatIsStored_WaitsForReplicas()
    {
        Redis.OnScript(PublishScript.Text, _ => Reply(2, 0));
        SetUpWait(reached: 0);

        await Assert.ThrowsAsync<BackplaneException>(
            () => Create(replicas: 1).SendAsync(Request with { Frame = default, Count = 0, Number = 7, Claim = 7 }).AsTask());
    }

    [Fact]
    public async Task SendAsync_SeveralWhileOneWaitsForReplicas_ShareTheNextWait()
    {
        Redis.OnScript(PublishScript.Text, _ => Reply(1, 42));
        var waits = new ConcurrentQueue<TaskCompletionSource<RedisResult>>();
        Redis.Database.Setup(database => database.ExecuteAsync("WAIT", It.IsAny<object[]>())).Returns(() =>
        {
            var wait = new TaskCompletionSource<RedisResult>(TaskCreationOptions.RunContinuationsAsynchronously);
            waits.Enqueue(wait);
            return wait.Task;
        });
        var sender = Create(replicas: 2);

        var first = sender.SendAsync(Request).AsTask();
        var (second, third) = (sender.SendAsync(Request).AsTask(), sender.SendAsync(Request).AsTask());
        Assert.Single(waits).SetResult(RedisResult.Create((RedisValue)1));
        await Assert.ThrowsAsync<BackplaneException>(() => first.Bounded());
        await Eventually.BecomesTrueAsync(() => waits.Count == 2, "the next wait begins");
        Assert.False(second.IsCompleted);
        waits.Last().SetResult(RedisResult.Create((RedisValue)2));
        await second.Bounded();
        await third.Bounded();

        Assert.Equal(2, waits.Count);
    }

    private void SetUpWait(long reached) => Redis.Database
        .Setup(database => database.ExecuteAsync("WAIT", It.IsAny<object[]>()))
        .Returns(Task.FromResult(RedisResult.Create((RedisValue)reached)));

    private RedisBatchSender Create(long historyBytes = 1_000_000, int replicas = 0, TimeProvider? time = null)
    {
        var limits = new HistoryLimits(historyBytes, TimeSpan.FromMinutes(1));
        var stream = Redis.StreamOf(Redis.Names, time);
        return new RedisBatchSender(stream, Redis.Farm(), new RedisHistory(stream, limits), TimeSpan.FromMinutes(10), replicas);
    }

    private static RedisResult Reply(long outcome, long value) => RedisResult.Create([(RedisValue)outcome, value]);
}
