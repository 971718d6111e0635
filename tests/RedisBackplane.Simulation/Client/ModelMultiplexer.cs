using System.Reflection;
using RedisBackplane.Redis.Stream;
using RedisBackplane.Simulation.Redis;
using RedisBackplane.Simulation.World;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Client;

/// <summary>
/// Models those parts of StackExchange.Redis that the library uses: a multiplexer with its database and subscriber. It
/// has two connections to each Redis, which reconnect by themselves.
/// </summary>
internal sealed class ModelMultiplexer
{
    // A script with more arguments has a frame among them. Other scripts have only names and numbers.
    private const int MaxSmallArguments = 10;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestElection = TimeSpan.FromSeconds(2);

    private readonly Schedule _schedule;
    private readonly Timeline _timeline;
    private readonly RunStatistics _statistics;
    private readonly Actor _actor;
    private readonly ClientNode[] _nodes;
    private readonly Dictionary<string, Subscription> _subscriptions = [];
    private readonly TaskCompletionSource<IConnectionMultiplexer> _connected = new();
    private readonly IConnectionMultiplexer _self;
    private readonly IDatabase _database;
    private readonly ISubscriber _subscriber;
    private EventHandler<ConnectionFailedEventArgs>? _failed;
    private EventHandler<ConnectionFailedEventArgs>? _restored;
    private EventHandler<EndPointEventArgs>? _changed;
    private int _turn;

    // Of a cluster: the server that is presumed to own the slot of the farm's keys.
    private ClientNode? _owner;
    private bool _isClosed;

    private ModelMultiplexer(ClientEnvironment environment)
    {
        (_schedule, _timeline, _actor) = (environment.Schedule, environment.Timeline, environment.Actor);
        _statistics = environment.Statistics;
        _nodes =
        [
            .. environment.Nodes.Select(node => new ClientNode(
                node,
                new Connection(environment, environment.Calls, node, isChannel: false, static (_, _) => { }),
                new Connection(environment, environment.Channel, node, isChannel: true, OnPush))),
        ];
        _self = ModelProxy.Create<IConnectionMultiplexer>(Invoke);
        _database = ModelProxy.Create<IDatabase>(InvokeDatabase);
        _subscriber = SubscriberProxy.Create(InvokeSubscriber, JoinAsync);
        foreach (var node in _nodes)
        {
            foreach (var connection in new[] { node.Calls, node.Channel })
            {
                connection.Up += _ => OnUp(node, connection);
                connection.Down += _ => OnDown(node, connection);
                connection.Refused += () => OnRefused(node);
            }
        }
    }

    /// <summary>Connects, as <c>ConnectAsync</c> does with <c>AbortOnConnectFail</c>.</summary>
    public static Task<IConnectionMultiplexer> ConnectAsync(ClientEnvironment environment)
    {
        var made = new ModelMultiplexer(environment);
        foreach (var node in made._nodes)
        {
            node.Calls.Start();
            node.Channel.Start();
        }

        environment.Schedule.In(environment.ConnectTimeout, made.EndConnecting, environment.Actor);
        environment.Schedule.In(BetweenLooks, made.LookAgainAndAgain, environment.Actor);
        return made._connected.Task;
    }

    private object? Invoke(MethodInfo method, object?[] arguments)
    {
        switch (method.Name)
        {
            case "get_IsConnected":
                return !_isClosed && Array.Exists(_nodes, static node => node.Calls.IsUp);
            case "get_Configuration":
                return string.Empty;
            case "GetDatabase":
                return _database;
            case "GetSubscriber":
                return _subscriber;
            case "GetServers":
                return Array.ConvertAll(_nodes, static node => node.Server);
            case "GetServer":
                return Array.Find(_nodes, node => node.EndPoint.Equals(arguments[0]))!.Server;
            case "add_ConnectionFailed":
                _failed += (EventHandler<ConnectionFailedEventArgs>)arguments[0]!;
                return null;
            case "remove_ConnectionFailed":
                _failed -= (EventHandler<ConnectionFailedEventArgs>)arguments[0]!;
                return null;
            case "add_ConnectionRestored":
                _restored += (EventHandler<ConnectionFailedEventArgs>)arguments[0]!;
                return null;
            case "remove_ConnectionRestored":
                _restored -= (EventHandler<ConnectionFailedEventArgs>)arguments[0]!;
                return null;
            case "add_ConfigurationChanged":
                _changed += (EventHandler<EndPointEventArgs>)arguments[0]!;
                return null;
            case "remove_ConfigurationChanged":
                _changed -= (EventHandler<EndPointEventArgs>)arguments[0]!;
                return null;
            case "ConfigureAsync":
                return ConfigureAsync();
            case "Close" or "Dispose":
                Close();
                return null;
            default:
                throw new NotSupportedException(method.Name);
        }
    }

    private object? InvokeDatabase(MethodInfo method, object?[] arguments)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        switch (method.Name)
        {
            case "get_Database":
                return 0;
            case "ScriptEvaluateAsync":
                var keys = (RedisKey[]?)arguments[1] ?? [];
                var values = (RedisValue[]?)arguments[2] ?? [];

                // A copy: the caller may reuse the bytes. Only the bytes of a frame count, because others differ from
                // run to run.
                var sent = Array.ConvertAll(values, static value => value.IsInteger ? value : (RedisValue)(byte[]?)value);
                var size = 300 + (sent.Length > MaxSmallArguments ? (int)sent.Max(static value => value.Length()) : 0);
                return arguments[0] is byte[] hash
                    ? CallAsync(size, link => link.Node.EvaluateByHash(hash, keys, sent, link), static _ => 50, isWrite: true)
                    : CallAsync(size, link => link.Node.Evaluate((string)arguments[0]!, keys, sent, link), static _ => 50, isWrite: true);
            case "StringGetRangeAsync":
                var (key, start, end) = ((RedisKey)arguments[0]!, (long)arguments[1]!, (long)arguments[2]!);
                return CallAsync(60, link => link.Node.GetRange(key!, start, end), static value => 20 + (int)value.Length());
            case "ExecuteAsync" when arguments[0] is "WAIT":
                var wanted = (object[])arguments[1]!;
                return WaitAsync((int)wanted[0], TimeSpan.FromMilliseconds((long)wanted[1]));
            case "StringGetAsync" when arguments[0] is RedisKey name:
                return CallAsync(60, link => link.Node.Get(name!), static value => 20 + (int)value.Length());
            default:
                throw new NotSupportedException(method.Name);
        }
    }

    private object? InvokeSubscriber(MethodInfo method, object?[] arguments)
    {
        switch (method.Name)
        {
            case "IsConnected":
                return NodeOf(NameOf(arguments[0])) is { } carrier
                    ? carrier.Channel.IsUp
                    : Array.Exists(_nodes, static node => node.Channel.IsUp);
            case "SubscribedEndpoint":
                return NodeOf(NameOf(arguments[0]))?.EndPoint;
            case "PingAsync":
                var begun = _schedule.Now;
                var pinged = _subscriptions.Values.Select(static one => one.Node).FirstOrDefault(static node => node is not null)
                    ?? NodeForChannel();
                return pinged is null
                    ? Task.FromException<TimeSpan>(NotConnected())
                    : pinged.Channel.CallAsync(30, _ => TimeSpan.FromTicks(_schedule.Now - begun), static _ => 10);
            case "UnsubscribeAsync":
                if (_subscriptions.Remove(NameOf(arguments[0]), out var removed))
                {
                    Leave(NameOf(arguments[0]), removed);
                }

                return Task.CompletedTask;
            default:
                throw new NotSupportedException(method.Name);
        }
    }

    // From the first attempt on, even if it fails, the queue belongs to the client.
    private async Task<IChannelListener> JoinAsync(RedisChannel channel)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        var name = NameOf(channel);
        if (!_subscriptions.TryGetValue(name, out var subscription))
        {
            _subscriptions[name] = subscription = new Subscription();
        }

        var listener = new ModelListener(_schedule, _actor, left =>
        {
            if (subscription.Listeners.Remove(left) && subscription.Listeners.Count == 0 && _subscriptions.Remove(name))
            {
                Leave(name, subscription);
            }
        });
        subscription.Listeners.Add(listener);
        if (subscription is { Node: null, IsBegun: false })
        {
            await SubscribeAsync(name, subscription).ConfigureAwait(false);
        }

        return listener;
    }

    private async Task SubscribeAsync(string channel, Subscription subscription)
    {
        var node = NodeForChannel() ?? throw NotConnected();
        subscription.IsBegun = true;
        try
        {
            await node.Channel.CallAsync(
                60,
                link =>
                {
                    link.Node.Subscribe(link, channel);
                    return 0;
                },
                static _ => 60).ConfigureAwait(false);
            subscription.Node = node;
        }
        catch (RedisServerException refusal)
        {
            NoteMoved(refusal);
            throw;
        }
        finally
        {
            subscription.IsBegun = false;
        }
    }

    private void SubscribeAgain()
    {
        foreach (var (name, subscription) in _subscriptions)
        {
            if (subscription is { Node: null, IsBegun: false })
            {
                _ = SubscribeAsync(name, subscription).ContinueWith(
                    static done => done.Exception,
                    CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default);
            }
        }
    }

    // Until the client has chosen a master, all masters are used in turn.
    private ClientNode? NextNode(bool isWrite)
    {
        if (IsCluster)
        {
            return _owner is { Calls.IsUp: true } ? _owner : null;
        }

        var masters = Array.FindAll(_nodes, static node => node.Calls.IsUp && !node.IsReplica && !node.IsRedundant);
        return masters.Length > 0
            ? masters[_turn++ % masters.Length]
            : isWrite ? null : Array.Find(_nodes, static node => node.Calls.IsUp);
    }

    // On a cluster, the name of the channel leads to the owner of the slot, also for a plain channel.
    private ClientNode? NodeForChannel() => IsCluster
        ? _owner is { Channel.IsUp: true } ? _owner : null
        : Array.Find(_nodes, static node => node.Channel.IsUp && !node.IsReplica && !node.IsRedundant)
            ?? Array.Find(_nodes, static node => node.Channel.IsUp);

    private static string NameOf(object? channel) =>
        (RedisChannel)channel! is { IsSharded: true } sharded ? RedisNode.ShardedPrefix + sharded : channel!.ToString()!;

    private bool IsCluster => _nodes[0].Node.Slot is not null;

    // The client library remembers where a server has redirected a call, even if it does not follow.
    private void NoteMoved(RedisServerException refusal)
    {
        if (refusal.Message.Contains("MOVED", StringComparison.Ordinal))
        {
            _statistics.Count("redis: call redirected");
            _owner = Array.Find(_nodes, node => refusal.Message.Contains(node.Node.Name, StringComparison.Ordinal));
        }
    }

    private ClientNode? NodeOf(string channel) => _subscriptions.TryGetValue(channel, out var subscription) ? subscription.Node : null;

    private async Task<T> CallAsync<T>(int size, Func<Link, T> run, Func<T, int> sizeOf, bool isWrite = false)
    {
        var node = NextNode(isWrite) ?? throw NotConnected();
        try
        {
            return await node.Calls.CallAsync(size, run, sizeOf).ConfigureAwait(false);
        }
        catch (RedisServerException refusal)
        {
            NoteMoved(refusal);
            if (!refusal.Message.StartsWith("READONLY", StringComparison.Ordinal))
            {
                throw;
            }

            if (_nodes.Length > 1 && !node.IsReplica)
            {
                node.IsReplica = true;
                LookSoon();
            }

            throw;
        }
    }

    private async Task<RedisResult> WaitAsync(int replicas, TimeSpan timeout)
    {
        var node = NextNode(isWrite: true) ?? throw NotConnected();
        var reached = await node.Calls.CallLaterAsync<long>(
            60, (link, answer) => link.Node.Wait(link, replicas, timeout, answer), static _ => 10).ConfigureAwait(false);
        return RedisResult.Create(reached, ResultType.Integer);
    }

    // Checks every server, and chooses one of several masters.
    private async Task<bool> ConfigureAsync()
    {
        await LookAsync().ConfigureAwait(false);
        var masters = Array.FindAll(_nodes, static node => node.Calls.IsUp && !node.IsReplica);
        for (var i = 0; i < masters.Length; i++)
        {
            masters[i].IsRedundant = !IsCluster && i != _turn % masters.Length;
        }

        _schedule.At(
            _schedule.Now + _schedule.Chance.Between(0, 2000),
            () => _changed?.Invoke(_self, new EndPointEventArgs(_self, _nodes[0].EndPoint)),
            _actor);
        return true;
    }

    private async Task LookAsync()
    {
        await LookForOwnerAsync().ConfigureAwait(false);
        foreach (var node in _nodes)
        {
            if (node.Calls.IsUp)
            {
                try
                {
                    node.IsReplica =
                        await node.Calls.CallAsync(30, static link => link.Node.Master is not null, static _ => 500).ConfigureAwait(false);
                }
                catch (RedisException)
                {
                    // Its presumed role does not change.
                }
            }
        }
    }

    // Any server of the cluster knows the owner.
    private async Task LookForOwnerAsync()
    {
        if (IsCluster && Array.Find(_nodes, static node => node.Calls.IsUp) is { } node)
        {
            try
            {
                var owner = await node.Calls.CallAsync(30, static link => link.Node.Slot!.Owner, static _ => 500).ConfigureAwait(false);
                _owner = Array.Find(_nodes, one => one.Node == owner);
            }
            catch (RedisException)
            {
                // The presumed owner does not change.
            }
        }
    }

    // The client learns the roles of servers at once. If there are two masters, it decides some time later which one to
    // use.
    private void LookSoon()
    {
        if (_nodes.Length > 1 && !_isClosed)
        {
            _ = LookAsync();
            _schedule.In(_schedule.Chance.Between(TimeSpan.Zero, LongestElection), () => _ = _isClosed ? null : ConfigureAsync(), _actor);
        }
    }

    private void LookAgainAndAgain()
    {
        if (_nodes.Length > 1 && !_isClosed)
        {
            _ = LookAsync();
            _schedule.In(BetweenLooks, LookAgainAndAgain, _actor);
        }
    }

    private static RedisConnectionException NotConnected() =>
        new(ConnectionFailureType.UnableToResolvePhysicalConnection, "No connection is active.");

    private static void Leave(string channel, Subscription subscription) =>
        subscription.Node?.Channel.Send(60, link => link.Node.Unsubscribe(link, channel));

    private void OnPush(string channel, byte[]? payload)
    {
        if (!_subscriptions.TryGetValue(channel, out var subscription))
        {
            return;
        }

        if (payload is null)
        {
            subscription.Node = null;
            SubscribeAgain();
        }
        else
        {
            foreach (var listener in subscription.Listeners.ToArray())
            {
                listener.Add(payload);
            }
        }
    }

    private void OnUp(ClientNode node, Connection connection)
    {
        _timeline.Note(Happening.Connected, connection.IsChannel ? 1 : 0);
        if (_timeline.IsKept)
        {
            _timeline.Write(_actor.Name, $"{(connection.IsChannel ? "channel" : "calls")} to {node.Node.Name} connected");
        }

        if (connection.IsChannel)
        {
            SubscribeAgain();
        }
        else
        {
            node.IsReplica = node.Node.Master is not null;
            node.IsRedundant = false;
            _owner ??= Array.Find(_nodes, one => one.Node == node.Node.Slot?.Owner);
            LookSoon();
            EndAttempts();
        }

        RaiseSoon(node, connection, () => _restored, ConnectionFailureType.None);
    }

    private void OnDown(ClientNode node, Connection connection)
    {
        _timeline.Note(Happening.Disconnected, connection.IsChannel ? 1 : 0);
        if (_timeline.IsKept)
        {
            _timeline.Write(_actor.Name, $"{(connection.IsChannel ? "channel" : "calls")} to {node.Node.Name} lost");
        }

        if (connection.IsChannel)
        {
            foreach (var subscription in _subscriptions.Values)
            {
                subscription.Node = subscription.Node == node ? null : subscription.Node;
            }

            SubscribeAgain();
        }
        else
        {
            LookSoon();
        }

        RaiseSoon(node, connection, () => _failed, ConnectionFailureType.SocketClosed);
    }

    private void OnRefused(ClientNode node)
    {
        node.WasRefused = true;
        EndAttempts();
    }

    // Called when each server has accepted or refused the connection.
    private void EndAttempts()
    {
        if (Array.TrueForAll(_nodes, static node => node.Calls.IsUp || node.WasRefused))
        {
            EndConnecting();
        }
    }

    private void EndConnecting()
    {
        if (Array.Exists(_nodes, static node => node.Calls.IsUp))
        {
            _connected.TrySetResult(_self);
            return;
        }

        var failure = new RedisConnectionException(ConnectionFailureType.UnableToConnect, "It was not possible to connect.");
        if (_connected.TrySetException(failure))
        {
            Close();
        }
    }

    // Handlers run on the thread pool.
    private void RaiseSoon(
        ClientNode node, Connection connection, Func<EventHandler<ConnectionFailedEventArgs>?> handlers, ConnectionFailureType type) =>
        _schedule.At(
            _schedule.Now + _schedule.Chance.Between(0, 2000),
            () => handlers()?.Invoke(
                _self,
                new ConnectionFailedEventArgs(
                    _self,
                    node.EndPoint,
                    connection.IsChannel ? ConnectionType.Subscription : ConnectionType.Interactive,
                    type,
                    null!,
                    connection.IsChannel ? "channel" : "calls")),
            _actor);

    private void Close()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            foreach (var node in _nodes)
            {
                node.Calls.Close();
                node.Channel.Close();
            }
        }
    }

    private sealed class Subscription
    {
        public List<ModelListener> Listeners { get; } = [];

        /// <summary>Whether a Redis was asked for the subscription and has not answered.</summary>
        public bool IsBegun { get; set; }

        /// <summary>The Redis that has confirmed the subscription.</summary>
        public ClientNode? Node { get; set; }
    }
}
