using System.Diagnostics;
using RedisBackplane.Load.Buses;

namespace RedisBackplane.Load.Nodes;

/// <summary>A server that publishes.</summary>
internal sealed class PublisherNode : IDisposable
{
    private readonly ILoadBus _bus;
    private readonly Scenario _scenario;
    private readonly byte[] _template;
    private readonly string[] _keys;
    private readonly string[] _sources;
    private readonly int[] _sent;
    private readonly PreciseTimer _timer = new();
    private long _issued;
    private long _failed;
    private string? _error;
    private long _endAt;

    public PublisherNode(ILoadBus bus, Scenario scenario)
    {
        _bus = bus;
        _scenario = scenario;
        _template = Payload.Template(scenario.PayloadBytes);
        _sent = new int[scenario.Lanes];
        _keys = [.. Enumerable.Range(0, scenario.Keys).Select(LaneKeys.Name)];
        _sources = [.. Enumerable.Range(0, Senders).Select(LaneKeys.Source)];
    }

    private int Senders => _scenario.Drive == Drive.Closed ? _scenario.InFlight : 1;

    public async Task<PublishReport> PublishAsync(TimeSpan time)
    {
        (_issued, _failed, _error) = (0, 0, null);
        var startedAt = Stopwatch.GetTimestamp();
        _endAt = startedAt + (long)(time.TotalSeconds * Stopwatch.Frequency);
        switch (_scenario.Drive)
        {
            case Drive.Closed:
                await Task.WhenAll(Enumerable.Range(0, Senders).Select(SendOneByOne));
                break;
            case Drive.Open:
                await Task.Factory.StartNew(() => SendAtRate(startedAt, time), TaskCreationOptions.LongRunning).Unwrap();
                break;
            default:
                await Settle(Enumerable.Range(0, _scenario.MaxMessages).Select(_ => Send(0, 0, Stopwatch.GetTimestamp())).ToList());
                break;
        }

        return new PublishReport(
            startedAt, Stopwatch.GetTimestamp(), _sent.Sum(count => (long)count), _failed, _error, [.. _sent]);
    }

    public void Dispose() => _timer.Dispose();

    private async Task SendOneByOne(int sender)
    {
        // A sender has the lanes sender, sender + Senders, …. No other sender uses them, so the order of each lane is
        // defined.
        var lanes = ((_scenario.Lanes - sender) + Senders - 1) / Senders;
        var random = new Random(sender);
        while (Interlocked.Increment(ref _issued) <= _scenario.MaxMessages)
        {
            var now = Stopwatch.GetTimestamp();
            if (now >= _endAt)
            {
                return;
            }

            var lane = sender + ((lanes == 1 ? 0 : random.Next(lanes)) * Senders);
            try
            {
                await Send(sender, lane, now);
            }
            catch (Exception exception)
            {
                Failed(exception);
                return;
            }
        }
    }

    private Task SendAtRate(long startedAt, TimeSpan time)
    {
        var count = Math.Min((int)(_scenario.Rate * time.TotalSeconds), _scenario.MaxMessages);
        var sends = new Queue<Task>();
        for (var i = 0; i < count; i++)
        {
            // Even if it is late, the message counts from the time when it was due, so a stall is visible in every
            // delayed message.
            var dueAt = startedAt + (long)((double)i / _scenario.Rate * Stopwatch.Frequency);
            _timer.WaitUntil(dueAt);
            sends.Enqueue(Send(0, i % _scenario.Lanes, dueAt));
            while (sends.TryPeek(out var oldest) && oldest.IsCompletedSuccessfully)
            {
                // Applications do not keep thousands of completed tasks: the benchmark would measure the garbage
                // collector.
                sends.Dequeue();
            }
        }

        return Settle(sends);
    }

    private Task Send(int sender, int lane, long dueAt)
    {
        var payload = new Payload(lane, _sent[lane]++, dueAt);
        return _bus.PublishAsync(_keys[lane % _keys.Length], _sources[sender], payload.ToBytes(_template));
    }

    private async Task Settle(IEnumerable<Task> sends)
    {
        foreach (var send in sends)
        {
            try
            {
                await send;
            }
            catch (Exception exception)
            {
                Failed(exception);
            }
        }
    }

    private void Failed(Exception exception)
    {
        Interlocked.Increment(ref _failed);
        _error ??= exception.Message;
    }
}
