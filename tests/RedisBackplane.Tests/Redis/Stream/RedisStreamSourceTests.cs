using Moq;
using ISubscriber = StackExchange.Redis.ISubscriber;

namespace RedisBackplane.Tests.Redis.Stream;

/// <summary>A subscription that Redis refuses, or that the client lost.</summary>
public sealed class RedisStreamSourceTests : MockedRedisTest
{
    private readonly Mock<ISubscriber> _subscriber = new();
    private RedisStreamSource _source = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        Redis.OnScript(RecognizeScript.Text, _ => RedisResult.Create([(RedisValue)0, 0, 0, "run:1", 1]));
        Redis.Multiplexer.Setup(multiplexer => multiplexer.GetSubscriber(null)).Returns(_subscriber.Object);
        var history = new RedisHistory(Redis.Stream, new HistoryLimits(1000, TimeSpan.FromMinutes(1)));
        _source = new RedisStreamSource(Redis.Stream, Redis.Farm(), history, listens: true);
    }

    public override Task DisposeAsync()
    {
        _source.Dispose();
        return base.DisposeAsync();
    }

    [Fact]
    public async Task SubscribeAsync_Refused_TakesAwayItsOwnHandlerAndNoOther()
    {
        Action<RedisChannel, RedisValue>? joined = null;
        _subscriber
            .Setup(subscriber => subscriber.SubscribeAsync(
                Redis.Names.Channel, It.IsAny<Action<RedisChannel, RedisValue>>(), CommandFlags.None))
            .Callback((RedisChannel _, Action<RedisChannel, RedisValue> handler, CommandFlags _) => joined = handler)
            .ThrowsAsync(MockedRedis.Error("NOPERM"));

        await Assert.ThrowsAsync<RedisServerException>(() => _source.SubscribeAsync(() => _ => { }).Bounded());

        Assert.NotNull(joined);
        _subscriber.Verify(
            subscriber => subscriber.UnsubscribeAsync(Redis.Names.Channel, joined, CommandFlags.FireAndForget), Times.Once);
        _subscriber.Verify(subscriber => subscriber.UnsubscribeAsync(Redis.Names.Channel, null, It.IsAny<CommandFlags>()), Times.Never);
        _subscriber.Verify(subscriber => subscriber.SubscribeAsync(Redis.Names.Channel, It.IsAny<CommandFlags>()), Times.Never);
    }
}
