using RedisBackplane.Redis.Scripts;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// Runs <c>recognize.lua</c>, which finds out which Redis this is, what it lacks, and which kind of channel the farm
/// uses there. Thread-safe.
/// </summary>
internal sealed class RedisFarm
{
    private readonly RedisStreamContext _stream;
    private readonly IStreamFormat _format;
    private readonly ShardedPubSub _option;
    private readonly Func<ulong> _floor;
    private readonly Action _onOtherEpoch;
    private volatile bool _isSharded;
    private volatile bool _isTold;

    /// <param name="stream">The stream.</param>
    /// <param name="format">The format in which this server writes.</param>
    /// <param name="option">The kind of channel in this server's settings.</param>
    /// <param name="floor">Returns the highest id that this server has seen.</param>
    /// <param name="onOtherEpoch">
    /// Called when the ids come from another Redis than before, before anything is read or sent there.
    /// </param>
    public RedisFarm(
        RedisStreamContext stream, IStreamFormat format, ShardedPubSub option, Func<ulong> floor, Action? onOtherEpoch = null)
    {
        _stream = stream;
        _format = format;
        _option = option;
        _floor = floor;
        _onOtherEpoch = onOtherEpoch ?? (static () => { });
    }

    /// <summary>
    /// Whether the farm's channel is a sharded one. Known once <see cref="RecognizeAsync"/> has ended.
    /// </summary>
    public bool IsSharded => _isSharded;

    /// <summary>The channel on which the servers of the farm publish and listen.</summary>
    public RedisChannel Channel => _isSharded ? _stream.Names.ShardedChannel : _stream.Names.Channel;

    /// <summary>
    /// A channel on the same server of a cluster on which no server of the farm publishes; null if the farm's own
    /// channel is a plain one.
    /// </summary>
    public RedisChannel? QuietChannel => _isSharded ? _stream.Names.Channel : (RedisChannel?)null;

    /// <summary>Names the right that a user lacks, if that is why Redis refused.</summary>
    public BackplaneException? Explain(RedisServerException refusal) => _stream.Names.Rights.Explain(refusal);

    /// <summary>
    /// Verifies that the user may use the farm's database. Call it on a new connection, before anything is written.
    /// </summary>
    /// <exception cref="BackplaneException">The user may not: writes would go to database 0.</exception>
    public async Task CheckDatabaseAsync()
    {
        if (_stream.Connection.Database == 0)
        {
            return;
        }

        try
        {
            _ = await SelectDatabaseScript.CallAsync(_stream.Slot, new() { Database = _stream.Connection.Database }).ConfigureAwait(false);
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
        var wantsSharded = _option == ShardedPubSub.Auto ? _stream.Connection.IsCluster : _option == ShardedPubSub.On;
        var reply = await _format.RecognizeAsync(_stream, wantsSharded, _floor()).ConfigureAwait(false);
        if (_stream.Slot.Epoch is var before && before != Epoch.None && before != reply.Epoch)
        {
            _onOtherEpoch();
        }

        _stream.Slot.Epoch = reply.Epoch;
        if (reply.HasRestarted)
        {
            RedisStreamLog.IdsRestarted(_stream.Logger, _stream.Name);
        }

        if (reply.Epoch == Epoch.None && !_isTold)
        {
            _isTold = true;
            RedisStreamLog.ServerUnnamed(_stream.Logger, _stream.Name);
        }

        Check(reply.IsSharded, reply.HasSharded);
        if (reply.IsSharded != _isSharded)
        {
            _isSharded = reply.IsSharded;
            RedisStreamLog.ChannelKind(_stream.Logger, _stream.Name, reply.IsSharded ? "sharded" : "plain");
        }
    }

    private void Check(bool isSharded, bool hasSharded)
    {
        if (isSharded && _format.ObjectionToSharded(_stream.Name) is { } objection)
        {
            throw new BackplaneException(
                $"{objection} To change it, stop all servers of the farm and delete the Redis key {_stream.Names.ChannelKind}.");
        }

        if (!hasSharded && (isSharded || _option == ShardedPubSub.On))
        {
            throw new BackplaneException(
                $"The channel of the backplane '{_stream.Name}' would be a sharded one, and this Redis has no sharded pub/sub (SPUBLISH, "
                    + "Redis 7). Set ShardedPubSub to Off"
                + (isSharded ? $", and delete the Redis key {_stream.Names.ChannelKind}." : "."));
        }

        if (_option != ShardedPubSub.Auto && isSharded != (_option == ShardedPubSub.On))
        {
            throw new BackplaneException(
                $"ShardedPubSub is {_option}, and the farm '{_stream.Name}' has agreed on a {(isSharded ? "sharded" : "plain")} channel: "
                    + "a server with the other kind would receive no messages. "
                + $"To change it, stop all servers of the farm and delete the Redis key {_stream.Names.ChannelKind}.");
        }
    }
}
