using RedisBackplane.Publishing;
using RedisBackplane.Streams;

namespace RedisBackplane.Receiving;

/// <summary>A whole stream, as its <see cref="LivenessProbe"/> sees it.</summary>
internal sealed class ProbedStream(
    StreamContext context, IStreamConnection connection, StreamReceiver receiver, Publisher publisher) : IProbedStream
{
    private readonly StreamContext _context = context;
    private readonly IStreamConnection _connection = connection;
    private readonly StreamReceiver _receiver = receiver;
    private readonly Publisher _publisher = publisher;
    private object? _connectionAtLook;

    // The probe reads this first in every check. If it finds a dead connection, it means the connection of this moment.
    public bool IsConnected
    {
        get
        {
            Volatile.Write(ref _connectionAtLook, _connection.Current);
            return _connection.IsConnected;
        }
    }

    public bool IsSettled => _receiver.IsSettled;

    public ulong LastId => _receiver.AccountedUpTo;

    public long FramesHeard => _receiver.PayloadsHeard;

    public long BatchesConfirmed => _publisher.BatchesConfirmed;

    public bool IsAwaitingReply => _publisher.HasCallsInFlight;

    public long CommandSigns => _connection.CommandSigns;

    public long ChannelSigns => _connection.ChannelSigns + _receiver.PayloadsHeard;

    public TimeSpan ExpectedDelay => _connection.ExpectedDelay;

    public Task PingChannelAsync() => _connection.PingChannelAsync();

    public async Task<ulong?> ReadCounterAsync()
    {
        var counter = await _connection.ReadCounterAsync().ConfigureAwait(false);
        if (!_context.Options.SendOnly)
        {
            return counter;
        }

        // A server that does not listen has nothing to catch up with. But Redis may have lost what it sent.
        if ((counter ?? 0) < _context.Highest.Value)
        {
            _publisher.Verify();
        }

        return null;
    }

    public void OnMemoryLost() => _publisher.Verify();

    public void CatchUp() => _receiver.Settle(afterSilence: true);

    public void Resubscribe()
    {
        _connection.ForgetSubscription();
        _receiver.Settle(afterSilence: true);
    }

    public bool Reconnect() => _connection.Replace(Volatile.Read(ref _connectionAtLook));
}
