using System.Diagnostics;
using RedisBackplane.Load.Measuring;
using RedisBackplane.Load.Nodes;

namespace RedisBackplane.Load;

/// <summary>One variant in one scenario: its processes, which exist through all rounds.</summary>
internal sealed class ScenarioRun : IDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RoundTimeout = TimeSpan.FromSeconds(90);

    private readonly RedisServer _redis;
    private readonly bool _isReadBack;
    private readonly NodeProcess _publisher;
    private readonly IReadOnlyList<NodeProcess> _subscribers;
    private long _sentBefore;

    private ScenarioRun(RedisServer redis, bool isReadBack, NodeProcess publisher, IReadOnlyList<NodeProcess> subscribers)
    {
        _redis = redis;
        _isReadBack = isReadBack;
        _publisher = publisher;
        _subscribers = subscribers;
    }

    public static async Task<ScenarioRun> StartAsync(RedisServer redis, Scenario scenario, Variant variant, string? program)
    {
        using var deadline = new CancellationTokenSource(StartTimeout);
        var setup = new NodeSetup(variant, Role.Subscriber, redis.Port, $"load-{variant.Name()}", scenario);
        var nodes = new List<NodeProcess>();
        try
        {
            for (var i = 0; i < scenario.Servers; i++)
            {
                nodes.Add(await NodeProcess.StartAsync(setup, program, deadline.Token));
            }

            var publisher = await NodeProcess.StartAsync(setup with { Role = Role.Publisher }, program, deadline.Token);
            return new ScenarioRun(redis, scenario.IsReadBack, publisher, nodes);
        }
        catch
        {
            nodes.ForEach(node => node.Dispose());
            throw;
        }
    }

    public async Task<RoundResult> RunRoundAsync(double seconds)
    {
        using var deadline = new CancellationTokenSource(RoundTimeout + TimeSpan.FromSeconds(seconds));
        var nodes = _subscribers.Append(_publisher).ToArray();
        await Task.WhenAll(nodes.Select(node => node.AskAsync<Done>(new BeginOrder(), deadline.Token)));
        var (published, redisBefore) = await PublishAsync(new PublishOrder(seconds), deadline.Token);

        var awaitOrder = new AwaitOrder(published.SentPerLane);
        var received = await Task.WhenAll(_subscribers.Select(node => node.AskAsync<ReceiveReport>(awaitOrder, deadline.Token)));

        var redis = await _redis.ReadUsageAsync() - redisBefore;
        var usages = await Task.WhenAll(nodes.Select(node => node.AskAsync<UsageReport>(new MeasureOrder(), deadline.Token)));
        var messages = published.Sent - _sentBefore;
        _sentBefore = published.Sent;
        if (published.Error is { } error)
        {
            Console.Error.WriteLine($"{published.Failed} publishes failed: {error}");
        }

        var longestCall = _isReadBack ? await _redis.ReadLongestCallAsync() : default(TimeSpan?);
        return RoundResult.From(messages, published, received, usages[^1], usages[..^1], redis) with { LongestCall = longestCall };
    }

    private async Task<(PublishReport Published, RedisUsage Before)> PublishAsync(PublishOrder order, CancellationToken cancellationToken)
    {
        if (_isReadBack)
        {
            return await PublishUnheardAsync(order, cancellationToken);
        }

        var before = await _redis.ReadUsageAsync();
        return (await _publisher.AskAsync<PublishReport>(order, cancellationToken), before);
    }

    /// <summary>Publishes to servers that stand still, cuts them off and lets them continue.</summary>
    private async Task<(PublishReport Published, RedisUsage Before)> PublishUnheardAsync(
        PublishOrder order, CancellationToken cancellationToken)
    {
        foreach (var node in _subscribers)
        {
            node.Pause();
        }

        try
        {
            var published = await _publisher.AskAsync<PublishReport>(order, cancellationToken);
            await _redis.CutChannelsAsync();

            // The publisher is cut off too. It has everything, and its return is not what the round measures.
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            await _redis.ForgetCallsAsync();
            var now = Stopwatch.GetTimestamp();
            return (published with { StartedAt = now, EndedAt = now }, await _redis.ReadUsageAsync());
        }
        finally
        {
            foreach (var node in _subscribers)
            {
                node.Continue();
            }
        }
    }

    public void Dispose()
    {
        foreach (var node in _subscribers.Append(_publisher))
        {
            node.Dispose();
        }
    }
}
