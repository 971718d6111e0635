using StackExchange.Redis;

namespace RedisBackplane.Simulation.Redis;

/// <summary>
/// The slot of a cluster that has all keys of the farm. It belongs to one server at a time. While it moves to another
/// one, each of the two has a part of the keys.
/// </summary>
internal sealed class ClusterSlot(RedisNode owner)
{
    private RedisNode? _target;

    public RedisNode Owner { get; private set; } = owner;

    public bool IsMoving => _target is not null;

    /// <summary>From now on, the owner redirects calls for keys that it does not have.</summary>
    public void Begin(RedisNode target) => _target = target;

    /// <summary>Some of the keys are with the other server.</summary>
    /// <param name="choice">A random number that decides which.</param>
    public void MoveSome(int choice) => Owner.Keys.MoveTo(_target!.Keys, key => (key.Length + key[^1] + choice) % 2 == 0);

    /// <summary>All keys are with the other server, which owns the slot now.</summary>
    public void End()
    {
        var former = Owner;
        former.Keys.MoveTo(_target!.Keys, static _ => true);
        (Owner, _target) = (_target, null);
        former.Links.EndShardedSubscriptions();
    }

    /// <summary>Verifies that a server can use the keys of a call.</summary>
    /// <exception cref="RedisException">It cannot. The client library does not follow the redirection.</exception>
    public void Check(RedisNode node, params ReadOnlySpan<string> keys)
    {
        CheckOwner(node);
        if (_target is null)
        {
            return;
        }

        var present = 0;
        foreach (var key in keys)
        {
            present += node.Keys.Has(key) ? 1 : 0;
        }

        if (present == 0)
        {
            // The client library reports a redirection of a single call (ASK) in these words.
            throw new RedisConnectionException(
                ConnectionFailureType.UnableToConnect,
                $"Endpoint {_target.Name}:6379 serving hashslot 1 is not reachable at this point of time.");
        }

        if (present < keys.Length)
        {
            throw new RedisServerException("TRYAGAIN Multiple keys request during rehashing of slot");
        }
    }

    /// <summary>Verifies that a server owns the slot.</summary>
    public void CheckOwner(RedisNode node)
    {
        if (node != Owner)
        {
            throw new RedisServerException($"Key has MOVED to Endpoint {Owner.Name}:6379, and NoRedirect was specified.");
        }
    }

    /// <summary>Verifies that all keys of the stream are here: a script also uses keys that it does not name.</summary>
    /// <inheritdoc cref="Check"/>
    public void CheckAll(RedisNode node, params ReadOnlySpan<string> keys)
    {
        Check(node, keys);
        if (_target?.Keys.Names.Count > 0)
        {
            throw new RedisServerException("ERR Script attempted to access a non local key in a cluster node");
        }
    }
}
