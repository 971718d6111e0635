using RedisBackplane.Simulation.Redis;
using RedisBackplane.Simulation.World;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Client;

/// <summary>
/// One of the two connections that StackExchange.Redis keeps to a server, with the calls that wait for an answer on it.
/// It is made, lost and made again.
/// </summary>
internal sealed class Connection
{
    private static readonly TimeSpan HandshakeTime = TimeSpan.FromMilliseconds(0.3);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);

    private readonly Schedule _schedule;
    private readonly Actor _actor;
    private readonly NetworkPath _path;
    private readonly TimeSpan _connectTimeout;
    private readonly Action<string, byte[]> _onPush;
    private readonly List<ICall> _pending = [];
    private Link? _link;
    private bool _isAttempting;
    private bool _isClosed;
    private bool _isWatching;
    private int _attempts;

    public Connection(ClientEnvironment environment, NetworkPath path, RedisNode node, bool isChannel, Action<string, byte[]> onPush)
    {
        (_schedule, _actor, _connectTimeout) = (environment.Schedule, environment.Actor, environment.ConnectTimeout);
        (_path, Node, IsChannel, _onPush) = (path, node, isChannel, onPush);
    }

    private interface ICall
    {
        long SentAt { get; }

        void Fail(Exception exception);
    }

    /// <summary>The connection works now.</summary>
    public event Action<Connection>? Up;

    /// <summary>The connection worked, and was lost.</summary>
    public event Action<Connection>? Down;

    /// <summary>An attempt to connect has failed.</summary>
    public event Action? Refused;

    public RedisNode Node { get; }

    public bool IsChannel { get; }

    public bool IsUp { get; private set; }

    /// <summary>Starts to connect. The connection is made again whenever it is lost.</summary>
    public void Start()
    {
        if (_isClosed || _isAttempting || IsUp)
        {
            return;
        }

        _isAttempting = true;
        var attempt = ++_attempts;
        if (!Node.IsUp || _path.IsRefusing)
        {
            _schedule.In(_path.Latency * 2, () => Fail(attempt), _actor);
            return;
        }

        _link = new Link(_schedule, _path, Node, _actor, IsChannel, _onPush, OnBroken);
        var link = _link;
        link.ToNode(100, () => link.ToServer(100, () => Establish(attempt)));
        _schedule.In(_connectTimeout, () => Fail(attempt), _actor);
    }

    /// <summary>Makes a call. Fails at once if there is no connection.</summary>
    public Task<T> CallAsync<T>(int size, Func<Link, T> run, Func<T, int> sizeOf)
    {
        if (!IsUp || _link is not { } link)
        {
            return Task.FromException<T>(
                new RedisConnectionException(ConnectionFailureType.UnableToResolvePhysicalConnection, "No connection is active."));
        }

        var call = new Call<T>(_schedule.Now);
        _pending.Add(call);
        Watch();
        link.ToNode(size, () =>
        {
            T answer;
            try
            {
                answer = run(link);
            }
            catch (RedisServerException refusal)
            {
                link.ToServer(refusal.Message.Length, () => End(call, () => call.Fail(refusal)));
                return;
            }

            link.ToServer(sizeOf(answer), () => End(call, () => call.Complete(answer)));
        });
        return call.Task;
    }

    /// <summary>Sends something that needs no answer.</summary>
    public void Send(int size, Action<Link> run)
    {
        if (IsUp && _link is { } link)
        {
            link.ToNode(size, () => run(link));
        }
    }

    /// <summary>Closes the connection. The other end and all calls learn it at once.</summary>
    public void Close()
    {
        _isClosed = true;
        IsUp = false;
        _attempts++;
        _link?.Close();
        FailPending(new RedisConnectionException(ConnectionFailureType.ConnectionDisposed, "The connection was closed."));
    }

    private void Establish(int attempt)
    {
        if (attempt != _attempts || _isClosed)
        {
            return;
        }

        _schedule.In(HandshakeTime, () =>
        {
            if (attempt == _attempts && !_isClosed)
            {
                _isAttempting = false;
                IsUp = true;
                _attempts++;
                Up?.Invoke(this);
            }
        }, _actor);
    }

    private void Fail(int attempt)
    {
        if (attempt != _attempts || _isClosed)
        {
            return;
        }

        _attempts++;
        _isAttempting = false;
        _link?.Close();
        _link = null;
        Refused?.Invoke();
        _schedule.In(Heartbeat, Start, _actor);
    }

    private void OnBroken(Link link)
    {
        if (link != _link || _isClosed)
        {
            return;
        }

        if (!IsUp)
        {
            Fail(_attempts);
            return;
        }

        IsUp = false;
        _link = null;
        Down?.Invoke(this);
        FailPending(new RedisConnectionException(ConnectionFailureType.SocketClosed, "The connection was lost."));

        // The first attempt is made at once.
        _schedule.In(TimeSpan.FromMilliseconds(1), Start, _actor);
    }

    private void FailPending(Exception exception)
    {
        var failed = _pending.ToArray();
        _pending.Clear();
        if (failed.Length > 0)
        {
            _schedule.In(TimeSpan.Zero, () => Array.ForEach(failed, call => call.Fail(exception)), _actor);
        }
    }

    private void End(ICall call, Action end)
    {
        if (_pending.Remove(call))
        {
            end();
        }
    }

    private void Watch()
    {
        if (!_isWatching)
        {
            _isWatching = true;
            _schedule.In(Heartbeat, LookForTimeouts, _actor);
        }
    }

    private void LookForTimeouts()
    {
        _isWatching = false;
        var late = _pending.FindAll(call => _schedule.Now - call.SentAt >= CallTimeout.Ticks);
        foreach (var call in late)
        {
            _pending.Remove(call);
            call.Fail(new RedisTimeoutException("Timeout awaiting response.", CommandStatus.Sent));
        }

        if (_pending.Count > 0)
        {
            Watch();
        }
    }

    private sealed class Call<T>(long sentAt) : ICall
    {
        private readonly TaskCompletionSource<T> _source = new();

        public long SentAt => sentAt;

        public Task<T> Task => _source.Task;

        public void Complete(T answer) => _source.TrySetResult(answer);

        public void Fail(Exception exception) => _source.TrySetException(exception);
    }
}
