using RedisBackplane.Publishing;
using RedisBackplane.Receiving;
using RedisBackplane.Redis.Connection;
using RedisBackplane.Redis.Scripts;
using RedisBackplane.Redis.Stream;

namespace RedisBackplane.Streams;

/// <summary>A whole stream, as its <see cref="LivenessProbe"/> sees it.</summary>
internal sealed class ProbedStream(
    StreamContext context,
    RedisConnection connection,
    RedisSlot slot,
    RedisStreamSource source,
    StreamReceiver receiver,
    Publisher publisher)
    : IProbedStream
{
    public object? Connection => connection.Current;

    public bool IsConnected => source.IsConnected;

    public bool IsSettled => receiver.IsSettled;

    public ulong LastId => receiver.AccountedUpTo;

    public long FramesHeard => receiver.PayloadsHeard;

    public long BatchesConfirmed => publisher.BatchesConfirmed;

    public bool IsAwaitingReply => publisher.HasCallsInFlight;

    public TimeSpan ExpectedDelay => connection.Signs.ExpectedDelay;

    public Func<long> CountCommandSigns() => slot.CountSigns();

    public Func<long> CountChannelSigns()
    {
        var signs = slot.CountChannelSigns();
        return () => signs() + receiver.PayloadsHeard;
    }

    public void GiveUpLostCalls() => connection.Deadlines.GiveUpLost();

    public Task PingChannelAsync() => source.PingChannelAsync();

    public async Task<ulong?> ReadCounterAsync()
    {
        var counter = await source.ReadCounterAsync().ConfigureAwait(false);
        if (!context.Options.SendOnly)
        {
            return counter;
        }

        // A server that does not listen has nothing to catch up with. But Redis may have lost what it sent.
        if ((counter ?? 0) < context.Highest.Value)
        {
            publisher.Verify();
        }

        return null;
    }

    public void OnMemoryLost() => publisher.Verify();

    public void CatchUp() => receiver.Settle(afterSilence: true);

    public void Resubscribe()
    {
        source.ForgetSubscription();
        receiver.Settle(afterSilence: true);
    }

    public bool Reconnect(object? found) => connection.Replace(found);
}
