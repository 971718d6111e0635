using System.Globalization;
using StackExchange.Redis;

namespace RedisBackplane.TestInfrastructure;

/// <summary>A master with one replica, watched by three Sentinels. Ends with <see cref="DisposeAsync"/> or with this process. Not thread-safe.</summary>
public sealed class RedisSentinelFarm : IAsyncDisposable
{
    /// <summary>The name under which the Sentinels know the master.</summary>
    public const string ServiceName = "farm";

    private const int Sentinels = 3;
    private const int Quorum = 2;

    // As short as the Sentinels of a busy test machine bear: they must not take each other for dead.
    private static readonly TimeSpan DownAfter = TimeSpan.FromSeconds(1.5);

    private readonly List<RedisServerProcess> _sentinels = [];

    private RedisSentinelFarm(RedisServerProcess first, RedisServerProcess second)
    {
        First = first;
        Second = second;
    }

    /// <summary>The server that is the master in the beginning.</summary>
    public RedisServerProcess First { get; }

    /// <summary>The server that is the replica in the beginning.</summary>
    public RedisServerProcess Second { get; }

    /// <summary>How StackExchange.Redis reaches whichever is the master.</summary>
    public string ConnectionString =>
        string.Join(",", _sentinels.Select(sentinel => sentinel.EndPoint)) + ",serviceName=" + ServiceName;

    /// <summary>Starts all five and waits until a failover would succeed.</summary>
    public static async Task<RedisSentinelFarm> StartAsync()
    {
        var first = await RedisServerProcess.StartAsync("repl-diskless-sync-delay 0").ConfigureAwait(false);
        var second = await RedisServerProcess.StartAsync(
            "repl-diskless-sync-delay 0", $"replicaof {RedisServerProcess.Host} {first.Port}").ConfigureAwait(false);
        var farm = new RedisSentinelFarm(first, second);
        await Eventually.BecomesTrueAsync(() => second.ReadLog().Contains("Finished with success"), "the replica is in step").ConfigureAwait(false);
        for (var i = 0; i < Sentinels; i++)
        {
            farm._sentinels.Add(await RedisServerProcess.StartSentinelAsync(
                $"sentinel monitor {ServiceName} {RedisServerProcess.Host} {first.Port} {Quorum}",
                FormattableString.Invariant($"sentinel down-after-milliseconds {ServiceName} {DownAfter.TotalMilliseconds}"),
                $"sentinel failover-timeout {ServiceName} 10000",
                $"sentinel parallel-syncs {ServiceName} 1").ConfigureAwait(false));
        }

        await Eventually.BecomesTrueAsync(farm.IsReadyAsync, "the Sentinels know each other and the replica").ConfigureAwait(false);
        return farm;
    }

    /// <summary>Asks a Sentinel for a planned failover, and waits until the replica has taken over.</summary>
    public async Task FailOverAsync()
    {
        _ = await AskAsync(_sentinels[0], "FAILOVER", ServiceName).ConfigureAwait(false);
        await SecondIsMasterAsync().ConfigureAwait(false);
    }

    /// <summary>Waits until every Sentinel names the second server as the master, and it is one.</summary>
    public async Task SecondIsMasterAsync()
    {
        var port = Second.Port.ToString(CultureInfo.InvariantCulture);
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                foreach (var sentinel in _sentinels)
                {
                    var address = await AskAsync(sentinel, "get-master-addr-by-name", ServiceName).ConfigureAwait(false);
                    if ((string?)address[1] != port)
                    {
                        return false;
                    }
                }

                return true;
            },
            "the replica has taken over").ConfigureAwait(false);
    }

    /// <summary>Waits until the first server follows the second and is in step.</summary>
    public async Task FirstIsReplicaAsync()
    {
        using var connection = await ConnectionMultiplexer.ConnectAsync(Second.EndPoint + ",allowAdmin=true").ConfigureAwait(false);
        await Eventually.BecomesTrueAsync(
            async () => (await connection.GetServer(Second.EndPoint).InfoRawAsync("replication").ConfigureAwait(false))!.Contains("state=online"),
            "the old master follows the new one",
            TimeSpan.FromSeconds(60)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var sentinel in _sentinels)
        {
            await sentinel.DisposeAsync().ConfigureAwait(false);
        }

        await Second.DisposeAsync().ConfigureAwait(false);
        await First.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<RedisResult> AskAsync(RedisServerProcess sentinel, params string[] words)
    {
        var options = ConfigurationOptions.Parse(sentinel.EndPoint);
        options.CommandMap = CommandMap.Sentinel;
        using var connection = await ConnectionMultiplexer.ConnectAsync(options).ConfigureAwait(false);
        return await connection.GetServer(sentinel.EndPoint).ExecuteAsync("SENTINEL", words.Cast<object>().ToArray()).ConfigureAwait(false);
    }

    private async Task<bool> IsReadyAsync()
    {
        foreach (var sentinel in _sentinels)
        {
            var master = await AskAsync(sentinel, "master", ServiceName).ConfigureAwait(false);
            var facts = master.ToDictionary();
            if ((int)facts["num-slaves"] < 1 || (int)facts["num-other-sentinels"] < Sentinels - 1)
            {
                return false;
            }
        }

        return true;
    }
}
