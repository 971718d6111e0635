using RedisBackplane.Redis.Stream;
using RedisBackplane.Simulation.World;

namespace RedisBackplane.Simulation.Client;

/// <summary>A subscription to the channel, as <see cref="RedisChannelListener"/> has with the real client.</summary>
internal sealed class ModelListener(Schedule schedule, Actor actor, Action<ModelListener> leave) : IChannelListener
{
    private readonly Queue<byte[]> _payloads = new();
    private Action<byte[]>? _onPayload;
    private bool _isHandingOver;
    private bool _isDropped;

    public bool HasEnded { get; private set; }

    public int Backlog => _payloads.Count;

    public void Begin(Action<byte[]> onPayload)
    {
        _onPayload = onPayload;
        HandOverSoon();
    }

    public Task LeaveAsync()
    {
        Leave();
        return Task.CompletedTask;
    }

    public void Leave()
    {
        if (!HasEnded)
        {
            HasEnded = true;
            leave(this);
        }
    }

    public void Drop()
    {
        _isDropped = true;
        Leave();
        _payloads.Clear();
    }

    public void Add(byte[] payload)
    {
        _payloads.Enqueue(payload);
        HandOverSoon();
    }

    private void HandOverSoon()
    {
        if (!_isHandingOver && _onPayload is not null && _payloads.Count > 0)
        {
            _isHandingOver = true;
            schedule.At(schedule.Now + schedule.Chance.Between(0, 300), HandOver, actor);
        }
    }

    private void HandOver()
    {
        _isHandingOver = false;
        if (_payloads.TryDequeue(out var payload) && !_isDropped)
        {
            _onPayload!(payload);
        }

        HandOverSoon();
    }
}
