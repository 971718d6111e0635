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
    private readonly Action<string, byte[]?> _onPush;
    private readonly List<Call> _pending = [];
    private Link? _link;
    private bool _isAttempting;
    private bool _isClosed;
    private bool _isWatching;
    private int _attempts;

    public Connection(ClientEnvironment environment, NetworkPath path, RedisNode node, bool isChannel, Action<string, byte[]?> onPush)
    {
        (_schedule, _actor, _connectTimeout) = (environment.Schedule, environment.Actor, environment.ConnectTimeout);
        (_path, Node, IsChannel, _onPush) = (path, node, isChannel, onPush);
    }

    /// <summary>The connection works now.</summary>
    public event Action<Connection>? Up;

    /// <summary>The connection worked, and was lost.</summary>
    public event Action<Connection>? Down;

    /// <summary>An attempt to connect has failed.</summary>
    public event Action? Refused;

    public RedisNode Node { get; }

    public bool IsChannel { get; }

    public string Name => IsChannel ? "channel" : "calls";

    public bool IsUp { get; private set; }

    /// <summary>The exception of a call for which there is no connection.</summary>
    public static RedisConnectionException NotUp() =>
        new(ConnectionFailureType.UnableToResolvePhysicalConnection, "No connection is active.");

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
    public Task<T> CallAsync<T>(int size, Func<Link, T> run, Func<T, int> sizeOf) =>
        _link is { } link && IsUp ? Begin(size, new Call<T>(this, link, run, sizeOf)) : Task.FromException<T>(NotUp());

    /// <summary>Makes a call that Redis may answer later.</summary>
    public Task<T> CallLaterAsync<T>(int size, Action<Link, Action<T>> run, Func<T, int> sizeOf) =>
        _link is { } link && IsUp ? Begin(size, new LateCall<T>(this, link, run, sizeOf)) : Task.FromException<T>(NotUp());

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
        LoseOne();
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
        LoseOne();
        FailPending(new RedisConnectionException(ConnectionFailureType.SocketClosed, "The connection was lost."));

        // The first attempt is made at once.
        _schedule.In(TimeSpan.FromMilliseconds(1), Start, _actor);
    }

    // The client library may never end a call that it writes while the socket closes: rarely; here, often enough for a
    // run to meet it. It subscribes again by itself all the same.
    private void LoseOne()
    {
        if (!IsChannel && _pending.Count > 0 && _schedule.Chance.Is(0.25))
        {
            _pending.RemoveAt(_pending.Count - 1);
        }
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

    private Task<T> Begin<T>(int size, Call<T> call)
    {
        _pending.Add(call);
        Watch();
        call.Link.ToNode(size, call.Run);
        return call.Task;
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

    // A call is one object: a run makes thousands of them.
    private abstract class Call(Connection connection, Link link)
    {
        public Connection Connection => connection;

        public Link Link => link;

        public long SentAt { get; } = connection._schedule.Now;

        public abstract void Fail(Exception exception);
    }

    private class Call<T>(Connection connection, Link link, Func<Link, T> run, Func<T, int> sizeOf) : Call(connection, link)
    {
        private readonly TaskCompletionSource<T> _source = new();
        private RedisException? _refusal;
        private T _answer = default!;

        public Task<T> Task => _source.Task;

        // At the Redis.
        public void Run()
        {
            try
            {
                Execute();
            }
            catch (RedisException refusal)
            {
                _refusal = refusal;
                Link.ToServer(refusal.Message.Length, End);
            }
        }

        public override void Fail(Exception exception) => _source.TrySetException(exception);

        protected virtual void Execute() => Answer(run(Link));

        protected void Answer(T answer)
        {
            _answer = answer;
            Link.ToServer(sizeOf(answer), End);
        }

        // At the server. The call may have timed out.
        private void End()
        {
            if (!Connection._pending.Remove(this))
            {
                return;
            }

            if (_refusal is { } refusal)
            {
                _source.TrySetException(refusal);
            }
            else
            {
                _source.TrySetResult(_answer);
            }
        }
    }

    private sealed class LateCall<T>(Connection connection, Link link, Action<Link, Action<T>> run, Func<T, int> sizeOf)
        : Call<T>(connection, link, static _ => default!, sizeOf)
    {
        protected override void Execute() => run(Link, Answer);
    }
}
