using System.Diagnostics;

namespace RedisBackplane.IntegrationTests.Publishing;

/// <summary>What a publish reports while Redis does not answer.</summary>
public sealed class SendQueueTests : ProxiedRedisTest
{
    [RedisProcessFact]
    public async Task Publish_BeyondTheMessageLimit_FailsAtOnceAndTheRestIsSent()
    {
        using var server = await StartAsync(options => options.MaxQueueMessages = 10);
        using var subscriber = server.Subscribe("key");
        Cut();

        var publishes = Payload.Numbered(12).Select(value => server.PublishAsync("key", value)).ToArray();

        foreach (var rejected in publishes.Skip(10))
        {
            Assert.True(rejected.IsCompleted);
            var exception = await Assert.ThrowsAsync<BackplaneQueueFullException>(() => rejected);
            Assert.Contains("10", exception.Message);
            Assert.Contains(AppName, exception.Message);
        }

        Proxy.Resume();
        await Eventually.CompletesAsync(Task.WhenAll(publishes.Take(10)), "what was queued is sent");
        await subscriber.WaitForAsync(10);
        Assert.Equal(Payload.Numbered(10), subscriber.Values);
    }

    [RedisProcessFact]
    public async Task Publish_BeyondTheByteLimit_FailsAtOnce()
    {
        using var server = await StartAsync(options => options.MaxQueueBytes = 64 * 1024);
        Cut();
        var waiting = server.PublishAsync("key", new string('x', 40 * 1024));

        var rejected = server.PublishAsync("key", new string('x', 40 * 1024));

        Assert.True(rejected.IsCompleted);
        await Assert.ThrowsAsync<BackplaneQueueFullException>(() => rejected);
        Assert.False(waiting.IsCompleted);
        Proxy.Resume();
        await Eventually.CompletesAsync(waiting, "what was queued is sent");
    }

    [RedisProcessTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Publish_ThatWaitedTooLong_FailsInTimeAndSaysHowLong(bool isSwallowed)
    {
        var timeout = TimeSpan.FromSeconds(2);
        using var server = await StartAsync(options => options.PublishTimeout = timeout);
        if (isSwallowed)
        {
            // The connection looks healthy, but the answer never arrives.
            Proxy.Blackhole();
        }
        else
        {
            Cut();
        }

        var watch = Stopwatch.StartNew();
        var publish = server.PublishAsync("key", "hello");
        var exception = await Assert.ThrowsAsync<BackplaneTimeoutException>(() => Eventually.CompletesAsync(publish, "the publish fails"));

        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(10));
        Assert.Contains("2", exception.Message);
        Assert.Contains(AppName, exception.Message);
    }

    [RedisProcessFact]
    public async Task Publish_InEveryStateOfRedis_NeverThrowsSynchronously()
    {
        Proxy.RefuseNew();
        var server = Create(options => (options.PublishTimeout, options.MaxQueueMessages) = (TimeSpan.FromSeconds(1), 2));
        var publishes = new List<Task>();
        void PublishSome() => publishes.AddRange(Payload.Numbered(4).Select(value => server.PublishAsync("key", value)));

        PublishSome();
        Proxy.Resume();
        await server.ConnectedAsync();
        PublishSome();
        Proxy.CutAll();
        PublishSome();
        Proxy.Blackhole();
        PublishSome();
        Proxy.RefuseNew();
        Proxy.CutAll();
        PublishSome();
        server.Dispose();
        PublishSome();

        // Each of them ends, successfully or not.
        foreach (var publish in publishes)
        {
            await Eventually.CompletesAsync(Task.WhenAny(publish), "every publish ends");
            Assert.True(publish.Status == TaskStatus.RanToCompletion || publish.Exception?.InnerException is BackplaneException);
        }
    }
}
