using Microsoft.Extensions.Logging;
using RedisBackplane.Redis.Connection;
using RedisBackplane.Redis.Scripts;
using RedisBackplane.Streams;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// Runs <c>recognize.lua</c>: which Redis this is, what it lacks, and what kind of channel the farm has agreed on there. Thread-safe.
/// </summary>
internal sealed class RedisFarm
{
    private readonly string _appName;
    private readonly RedisConnection _connection;
    private readonly RedisNames _names;
    private readonly RedisSlot _slot;
    private readonly ShardedPubSub _option;
    private readonly ILogger _logger;
    private readonly HighestId? _floor;
    private readonly IStreamFormat _format;
    private volatile bool _isSharded;
    private volatile bool _isTold;

    public RedisFarm(
        string appName,
        RedisConnection connection,
        RedisNames names,
        RedisSlot slot,
        ShardedPubSub option,
        ILogger logger,
        HighestId? floor = null,
        IStreamFormat? format = null)
    {
        _appName = appName;
        _connection = connection;
        _names = names;
        _slot = slot;
        _option = option;
        _logger = logger;
        _floor = floor;
        _format = format ?? CurrentFormat.Instance;
    }

    /// <summary>Whether the farm's channel is a sharded one. Known once <see cref="RecognizeAsync"/> has ended.</summary>
    public bool IsSharded => _isSharded;

    /// <summary>What the servers of the farm publish on and listen to.</summary>
    public RedisChannel Channel => _isSharded ? _names.ShardedChannel : _names.Channel;

    /// <summary>
    /// A channel on the same server of a cluster on which nobody of the farm publishes; none where the farm's own is a plain one.
    /// </summary>
    public RedisChannel? QuietChannel => _isSharded ? _names.Channel : (RedisChannel?)null;

    /// <summary>Names the right that a user lacks, where that is why Redis refused.</summary>
    public BackplaneException? Explain(RedisServerException refusal) => RedisRights.Explain(refusal, _names);

    /// <summary>
    /// Sees that the user may use the farm's database. To be called on a new connection, before anything is written.
    /// </summary>
    /// <exception cref="BackplaneException">He may not: what is written would go to database 0.</exception>
    public async Task CheckDatabaseAsync()
    {
        if (_connection.Database == 0)
        {
            return;
        }

        try
        {
            _ = await SelectDatabaseScript.CallAsync(_slot, new() { Database = _connection.Database }).ConfigureAwait(false);
        }
        catch (RedisServerException)
        {
            // This server has no SELECT in scripts, which says nothing about rights.
        }
    }

    /// <summary>
    /// Sees that ids go on above all that were given, also where another Redis has taken over, and that all servers use the same kind of
    /// channel. To be called on a new connection, before anything is sent.
    /// </summary>
    /// <exception cref="BackplaneException">This server may not use the kind of channel that the farm uses.</exception>
    public async Task RecognizeAsync()
    {
        var wantsSharded = _option == ShardedPubSub.Auto ? _connection.IsCluster : _option == ShardedPubSub.On;
        var reply = await _format.RecognizeAsync(_slot, _names, wantsSharded, _floor?.Value ?? 0).ConfigureAwait(false);
        if (reply.HasBegunAnew)
        {
            RedisStreamLog.CounterBegunAnew(_logger, _appName);
        }

        if (!reply.IsNamed && !_isTold)
        {
            _isTold = true;
            RedisStreamLog.ServerUnnamed(_logger, _appName);
        }

        Check(reply.IsSharded, reply.HasSharded);
        if (reply.IsSharded != _isSharded)
        {
            _isSharded = reply.IsSharded;
            RedisStreamLog.ChannelKind(_logger, _appName, reply.IsSharded ? "sharded" : "plain");
        }
    }

    private void Check(bool isSharded, bool hasSharded)
    {
        if (isSharded && _format.ObjectionToSharded(_appName) is { } objection)
        {
            throw new BackplaneException(
                $"{objection} To change it, stop all servers of the farm and delete the Redis key {_names.ChannelKind}.");
        }

        if (!hasSharded && (isSharded || _option == ShardedPubSub.On))
        {
            throw new BackplaneException(
                $"The channel of the backplane '{_appName}' would be a sharded one, and this Redis has no sharded pub/sub (SPUBLISH, "
                    + "Redis 7). Set ShardedPubSub to Off"
                + (isSharded ? $", and delete the Redis key {_names.ChannelKind}." : "."));
        }

        if (_option != ShardedPubSub.Auto && isSharded != (_option == ShardedPubSub.On))
        {
            throw new BackplaneException(
                $"ShardedPubSub is {_option}, and the farm '{_appName}' has agreed on a {(isSharded ? "sharded" : "plain")} channel: "
                    + "servers that do not would not hear each other. "
                + $"To change it, stop all servers of the farm and delete the Redis key {_names.ChannelKind}.");
        }
    }
}
