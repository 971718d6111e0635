using RedisBackplane.Simulation.World;

namespace RedisBackplane.Simulation.Redis;

/// <summary>One connection to a Redis. What is sent on it arrives in order, unless the connection breaks.</summary>
internal sealed class Link
{
    private readonly Schedule _schedule;
    private readonly NetworkPath _path;
    private readonly Action<string, byte[]?> _onPush;
    private readonly Action<Link> _onBroken;
    private long _upBusyUntil;
    private long _upLast;
    private long _downBusyUntil;
    private long _downLast;
    private bool _isClosed;
    private bool _isSwallowed;
    private Queue<Action>? _behind;

    /// <param name="schedule">The schedule of the run.</param>
    /// <param name="path">The network between them.</param>
    /// <param name="node">The Redis.</param>
    /// <param name="actor">The server.</param>
    /// <param name="isChannel">Whether it carries the channel, and not the calls.</param>
    /// <param name="onPush">Receives the payloads of a channel; null when Redis has ended the subscription.</param>
    /// <param name="onBroken">Called when the server notices that the connection is broken.</param>
    public Link(
        Schedule schedule,
        NetworkPath path,
        RedisNode node,
        Actor actor,
        bool isChannel,
        Action<string, byte[]?> onPush,
        Action<Link> onBroken)
    {
        (_schedule, _path, Node, Actor, IsChannel, _onPush, _onBroken) = (schedule, path, node, actor, isChannel, onPush, onBroken);
        node.Links.Accept(this);
    }

    public RedisNode Node { get; }

    public Actor Actor { get; }

    public bool IsChannel { get; }

    /// <summary>The bytes that were sent to the server and have not arrived.</summary>
    public long BytesUnderWay { get; private set; }

    /// <summary>The number of writes that Redis had done when this connection wrote last.</summary>
    public long Written { get; set; }

    /// <summary>Whether nothing can arrive at the server any more, without Redis noticing it.</summary>
    public bool IsDead => _isSwallowed || Actor.IsDead;

    public void ToNode(int size, Action work)
    {
        if (_isClosed || Swallows())
        {
            return;
        }

        _schedule.At(_path.ArrivalOf(size, ref _upBusyUntil, ref _upLast), () => Arrive(work), Node.Actor);
    }

    public void ToServer(int size, Action work)
    {
        if (_isClosed || Swallows())
        {
            return;
        }

        BytesUnderWay += size;
        _schedule.At(
            _path.ArrivalOf(size, ref _downBusyUntil, ref _downLast),
            () =>
            {
                BytesUnderWay -= size;
                WhileOpen(work);
            },
            Actor);
    }

    /// <summary>Redis has ended a subscription. The server gets no payload, but learns it.</summary>
    public void EndSubscription(string channel) => ToServer(60, () => _onPush(channel, null));

    public void Push(string channel, byte[] payload) => ToServer(payload.Length + 40, () => _onPush(channel, payload));

    /// <summary>Breaks the connection. Both ends notice it, and what was in flight is lost.</summary>
    public void Break()
    {
        if (_isClosed)
        {
            return;
        }

        Close();
        _schedule.At(_schedule.Now + _path.Latency.Ticks, () => _onBroken(this), Actor);
    }

    /// <summary>The server no longer needs the connection.</summary>
    public void Close()
    {
        _isClosed = true;
        Node.Links.Forget(this);
    }

    /// <summary>Whether Redis does no more for this connection until it has answered a call.</summary>
    public bool IsBlocked { get; private set; }

    public void Block() => IsBlocked = true;

    /// <summary>Redis has answered that call. It does what has arrived in the meantime.</summary>
    public void Unblock()
    {
        IsBlocked = false;
        while (!IsBlocked && _behind?.TryDequeue(out var work) == true)
        {
            WhileOpen(work);
        }
    }

    /// <summary>From now on nothing arrives, and no end notices.</summary>
    public void Swallow() => _isSwallowed = true;

    private bool Swallows() => _isSwallowed |= _path.IsSwallowing;

    private void Arrive(Action work)
    {
        if (IsBlocked)
        {
            (_behind ??= new Queue<Action>()).Enqueue(work);
        }
        else
        {
            WhileOpen(work);
        }
    }

    private void WhileOpen(Action work)
    {
        if (!_isClosed && !_isSwallowed)
        {
            work();
        }
    }
}
