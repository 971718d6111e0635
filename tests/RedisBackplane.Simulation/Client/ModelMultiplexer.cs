using System.Reflection;
using RedisBackplane.Simulation.World;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Client;

/// <summary>
/// Models those parts of StackExchange.Redis that the library uses: a multiplexer with its database and subscriber. It
/// has two connections to each Redis, which reconnect by themselves.
/// </summary>
internal sealed class ModelMultiplexer
{
    private readonly ClientEnvironment _environment;
    private readonly KnownServers _servers;
    private readonly ModelDatabase _database;
    private readonly ModelSubscriber _subscriber;
    private readonly TaskCompletionSource<IConnectionMultiplexer> _connected = new();
    private readonly IConnectionMultiplexer _self;
    private EventHandler<ConnectionFailedEventArgs>? _failed;
    private EventHandler<ConnectionFailedEventArgs>? _restored;
    private EventHandler<EndPointEventArgs>? _changed;

    private ModelMultiplexer(ClientEnvironment environment)
    {
        _environment = environment;
        ClientNode[] nodes =
        [
            .. environment.Nodes.Select(node => new ClientNode(
                node,
                new Connection(environment, environment.Calls, node, isChannel: false, static (_, _) => { }),
                new Connection(environment, environment.Channel, node, isChannel: true, OnPush))),
        ];
        _servers = new KnownServers(environment, nodes);
        _database = new ModelDatabase(_servers);
        _subscriber = new ModelSubscriber(environment, _servers);
        _self = ModelProxy.Create<IConnectionMultiplexer>(Invoke);
        _servers.Configured += () => _changed?.Invoke(_self, new EndPointEventArgs(_self, _servers.All[0].EndPoint));
        foreach (var node in nodes)
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
        made._servers.Connect();
        environment.Schedule.In(environment.ConnectTimeout, made.EndConnecting, environment.Actor);
        made._servers.LookNowAndThen();
        return made._connected.Task;
    }

    private object? Invoke(MethodInfo method, object?[] arguments)
    {
        switch (method.Name)
        {
            case "get_IsConnected":
                return !_servers.IsClosed && Array.Exists(_servers.All, static node => node.Calls.IsUp);
            case "get_Configuration":
                return string.Empty;
            case "GetDatabase":
                return _database.Proxy;
            case "GetSubscriber":
                return _subscriber.Proxy;
            case "GetServers":
                return Array.ConvertAll(_servers.All, static node => node.Server);
            case "GetServer" when arguments[0] is RedisKey:
                return _servers.Owner.Server;
            case "GetServer":
                return Array.Find(_servers.All, node => node.EndPoint.Equals(arguments[0]))!.Server;
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
                return _servers.ConfigureAsync();
            case "Close" or "Dispose":
                _servers.Close();
                return null;
            default:
                throw new NotSupportedException(method.Name);
        }
    }

    private void OnPush(string channel, byte[]? payload) => _subscriber.OnPush(channel, payload);

    private void OnUp(ClientNode node, Connection connection)
    {
        Note(Happening.Connected, node, connection, "connected");
        if (connection.IsChannel)
        {
            _subscriber.SubscribeAgain();
        }
        else
        {
            _servers.NoteConnected(node);
            EndAttempts();
        }

        RaiseSoon(node, connection, () => _restored, ConnectionFailureType.None);
    }

    private void OnDown(ClientNode node, Connection connection)
    {
        Note(Happening.Disconnected, node, connection, "lost");
        if (connection.IsChannel)
        {
            _subscriber.OnDown(node);
        }
        else
        {
            _servers.LookSoon();
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
        if (Array.TrueForAll(_servers.All, static node => node.Calls.IsUp || node.WasRefused))
        {
            EndConnecting();
        }
    }

    private void EndConnecting()
    {
        if (Array.Exists(_servers.All, static node => node.Calls.IsUp))
        {
            _connected.TrySetResult(_self);
            return;
        }

        var failure = new RedisConnectionException(ConnectionFailureType.UnableToConnect, "It was not possible to connect.");
        if (_connected.TrySetException(failure))
        {
            _servers.Close();
        }
    }

    private void Note(Happening what, ClientNode node, Connection connection, string text)
    {
        _environment.Timeline.Note(what, connection.IsChannel ? 1 : 0);
        if (_environment.Timeline.IsKept)
        {
            _environment.Timeline.Write(_environment.Actor.Name, $"{connection.Name} to {node.Node.Name} {text}");
        }
    }

    // Handlers run on the thread pool.
    private void RaiseSoon(
        ClientNode node, Connection connection, Func<EventHandler<ConnectionFailedEventArgs>?> handlers, ConnectionFailureType type)
    {
        var kind = connection.IsChannel ? ConnectionType.Subscription : ConnectionType.Interactive;
        var schedule = _environment.Schedule;
        schedule.At(
            schedule.Now + schedule.Chance.Between(0, 2000),
            () => handlers()?.Invoke(_self, new ConnectionFailedEventArgs(_self, node.EndPoint, kind, type, null!, connection.Name)),
            _environment.Actor);
    }
}
