using RedisBackplane.Redis.Scripts;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// Runs <c>recognize.lua</c>, which finds out which Redis this is, what it lacks, and which kind of channel the farm
/// uses there. Thread-safe.
/// </summary>
/// <param name="format">The format in which this server writes.</param>
/// <param name="option">The kind of channel in this server's settings.</param>
/// <param name="floor">Returns the highest id that this server has seen.</param>
/// <param name="onOtherEpoch">
/// Called when the ids come from another Redis than before, before anything is read or sent there.
/// </param>
internal sealed class RedisFarm(
    RedisStreamContext stream, IStreamFormat format, ShardedPubSub option, Func<ulong> floor, Action? onOtherEpoch = null)
{
    private volatile bool _isSharded;
    private volatile bool _isTold;

    /// <summary>
    /// Whether the farm's channel is a sharded one. Known once <see cref="RecognizeAsync"/> has ended.
    /// </summary>
    public bool IsSharded => _isSharded;

    /// <summary>The channel on which the servers of the farm publish and listen.</summary>
    public RedisChannel Channel => _isSharded ? stream.Names.ShardedChannel : stream.Names.Channel;

    /// <summary>
    /// A channel on the same server of a cluster on which no server of the farm publishes; null if the farm's own
    /// channel is a plain one.
    /// </summary>
    public RedisChannel? QuietChannel => _isSharded ? stream.Names.Channel : (RedisChannel?)null;

    /// <summary>
    /// Verifies that the farm's database exists and that the user may use it. Call it on a new connection, before
    /// anything is written.
    /// </summary>
    /// <exception cref="BackplaneException">It does not, or he may not: writes would go to database 0.</exception>
    public async Task CheckDatabaseAsync()
    {
        if (stream.Connection.Database == 0)
        {
            return;
        }

        try
        {
            _ = await SelectDatabaseScript.CallAsync(stream.Slot, new() { Database = stream.Connection.Database }).ConfigureAwait(false);
        }
        catch (RedisServerException refusal) when (refusal.Message.Contains("DB index"))
        {
            throw new BackplaneException(
                FormattableString.Invariant($"Redis has no database {stream.Connection.Database}. Set Database (or defaultDatabase in the ")
                + $"connection string) of the backplane '{stream.Name}' to one that it has. Redis said: {refusal.Message}",
                refusal);
        }
        catch (RedisServerException)
        {
            // This server has no SELECT in scripts. That says nothing about rights.
        }
    }

    /// <summary>
    /// Ensures that new ids are above all assigned ones, even if another Redis has taken over, and that all servers use
    /// the same kind of channel. Call it on a new connection, before anything is sent.
    /// </summary>
    /// <exception cref="BackplaneException">This server may not use the kind of channel that the farm uses.</exception>
    public async Task RecognizeAsync()
    {
        var wantsSharded = option == ShardedPubSub.Auto ? stream.Connection.IsCluster : option == ShardedPubSub.On;
        var reply = await format.RecognizeAsync(stream, wantsSharded, floor()).ConfigureAwait(false);
        if (stream.Slot.Epoch is var before && before != Epoch.None && before != reply.Epoch)
        {
            onOtherEpoch?.Invoke();
        }

        stream.Slot.Epoch = reply.Epoch;
        if (reply.HasRestarted)
        {
            RedisStreamLog.IdsRestarted(stream.Logger, stream.Name);
        }

        if (reply.Epoch == Epoch.None && !_isTold)
        {
            _isTold = true;
            RedisStreamLog.ServerUnnamed(stream.Logger, stream.Name);
        }

        Check(reply.IsSharded, reply.HasSharded);
        if (reply.IsSharded != _isSharded)
        {
            _isSharded = reply.IsSharded;
            RedisStreamLog.ChannelKind(stream.Logger, stream.Name, reply.IsSharded ? "sharded" : "plain");
        }
    }

    private void Check(bool isSharded, bool hasSharded)
    {
        if (isSharded && format.ObjectionToSharded(stream.Name) is { } objection)
        {
            throw new BackplaneException(
                $"{objection} To change it, stop all servers of the farm and delete the Redis key {stream.Names.ChannelKind}.");
        }

        if (!hasSharded && (isSharded || option == ShardedPubSub.On))
        {
            throw new BackplaneException(
                $"The channel of the backplane '{stream.Name}' would be a sharded one, and this Redis has no sharded pub/sub (SPUBLISH, "
                    + "Redis 7). Set ShardedPubSub to Off"
                + (isSharded ? $", and delete the Redis key {stream.Names.ChannelKind}." : "."));
        }

        if (option != ShardedPubSub.Auto && isSharded != (option == ShardedPubSub.On))
        {
            throw new BackplaneException(
                $"ShardedPubSub is {option}, and the farm '{stream.Name}' has agreed on a {(isSharded ? "sharded" : "plain")} channel: "
                    + "a server with the other kind would receive no messages. "
                + $"To change it, stop all servers of the farm and delete the Redis key {stream.Names.ChannelKind}.");
        }
    }
}
