using RedisBackplane.Simulation.World;

namespace RedisBackplane.Simulation.Redis;

/// <summary>One connection between a server and a Redis: what goes in keeps its order, and arrives unless the connection breaks.</summary>
internal sealed class Link
{
    private readonly Schedule _schedule;
    private readonly NetworkPath _path;
    private readonly Action<string, byte[]> _onPush;
    private readonly Action<Link> _onBroken;
    private long _upBusyUntil;
    private long _upLast;
    private long _downBusyUntil;
    private long _downLast;
    private bool _isClosed;
    private bool _isSwallowed;

    /// <param name="schedule">What happens when.</param>
    /// <param name="path">What lies in between.</param>
    /// <param name="node">The Redis.</param>
    /// <param name="actor">The server.</param>
    /// <param name="isChannel">It carries the channel, and not the calls.</param>
    /// <param name="onPush">Takes what comes on a channel.</param>
    /// <param name="onBroken">The server notices that it is broken.</param>
    public Link(
        Schedule schedule,
        NetworkPath path,
        RedisNode node,
        Actor actor,
        bool isChannel,
        Action<string, byte[]> onPush,
        Action<Link> onBroken)
    {
        (_schedule, _path, Node, Actor, IsChannel, _onPush, _onBroken) = (schedule, path, node, actor, isChannel, onPush, onBroken);
        node.Accept(this);
    }

    public RedisNode Node { get; }

    public Actor Actor { get; }

    public bool IsChannel { get; }

    /// <summary>Bytes that were sent to the server and have not arrived.</summary>
    public long BytesUnderWay { get; private set; }

    /// <summary>Nothing can arrive at the server any more, and Redis does not know.</summary>
    public bool IsDead => _isSwallowed || Actor.IsDead;

    public void ToNode(int size, Action work)
    {
        if (_isClosed || Swallows())
        {
            return;
        }

        _schedule.At(_path.ArrivalOf(size, ref _upBusyUntil, ref _upLast), () => WhileOpen(work), Node.Actor);
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

    public void Push(string channel, byte[] payload) => ToServer(payload.Length + 40, () => _onPush(channel, payload));

    /// <summary>Both ends are told that it is over; what was under way is lost.</summary>
    public void Break()
    {
        if (_isClosed)
        {
            return;
        }

        Close();
        _schedule.At(_schedule.Now + _path.Latency.Ticks, () => _onBroken(this), Actor);
    }

    /// <summary>The server is done with it.</summary>
    public void Close()
    {
        _isClosed = true;
        Node.Forget(this);
    }

    /// <summary>Nothing arrives any more, and nobody is told.</summary>
    public void Swallow() => _isSwallowed = true;

    private bool Swallows() => _isSwallowed |= _path.IsSwallowing;

    private void WhileOpen(Action work)
    {
        if (!_isClosed && !_isSwallowed)
        {
            work();
        }
    }
}
