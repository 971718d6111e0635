using RedisBackplane.Streams;
using RedisBackplane.Timing;

namespace RedisBackplane.Receiving;

/// <summary>
/// Finds failures that raise no event: a connection that looks healthy and answers nothing, a subscribed channel that
/// delivers nothing, a Redis that lost its memory. It asks Redis only while the channel is silent or a call has no
/// answer. It tries the remedies from the weakest to the strongest: catch up, subscribe again, replace the connection.
/// </summary>
internal sealed class LivenessProbe : IDisposable
{
    private readonly StreamContext _context;
    private readonly IProbedStream _stream;
    private readonly TimeSpan _timeout;
    private readonly AnswerWait _wait;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stopping = new();
    private int _running;
    private long _framesSeen;
    private long _confirmedSeen;
    private readonly ReplacementPatience _downPatience;

    // The connection that _next is about.
    private object? _remedied;
    private Remedy _next = Remedy.CatchUp;

    public LivenessProbe(StreamContext context, IProbedStream stream)
    {
        _context = context;
        _stream = stream;
        _timeout = context.Options.LivenessTimeout;
        _wait = new AnswerWait(context.Time, _timeout);
        _downPatience = new ReplacementPatience(context.Time, _timeout);
        var period = TimeSpan.FromTicks(_timeout.Ticks / 3);
        _timer = context.Time.CreateTimer(_ => Tick(), null, period, period);
    }

    private enum Remedy
    {
        CatchUp,
        Resubscribe,
        Reconnect,
    }

    /// <summary>Whether no check is running.</summary>
    internal bool IsIdle => Volatile.Read(ref _running) == 0;

    public void Dispose()
    {
        _stopping.Cancel();
        _timer.Dispose();
    }

    private void Tick()
    {
        _stream.GiveUpLostCalls();
        if (Interlocked.Exchange(ref _running, 1) == 0)
        {
            _context.Time.Run(Run);
        }
    }

    private async Task Run()
    {
        // Streams share a connection, and another stream may replace it meanwhile. What this check finds is true of
        // this one only.
        var connection = _stream.Connection;
        try
        {
            await Look(connection).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The application has disposed the connection that its factory made.
            _stream.Reconnect(connection);
        }
        catch (Exception exception)
        {
            // An error is also an answer: the connection is alive. The code that needs the refused command reports the
            // error.
            ReceivingLog.ProbeFailed(_context.Logger, exception, _context.Name);
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    private async Task Look(object? connection)
    {
        var heard = Advanced(ref _framesSeen, _stream.FramesHeard);
        var confirmed = Advanced(ref _confirmedSeen, _stream.BatchesConfirmed);
        if (!_stream.IsConnected)
        {
            // The client library is reconnecting. But it may try a wrong address forever, or wait long for an attempt
            // over a network that swallows packets.
            if (_downPatience.EndsNow(connection))
            {
                _stream.Reconnect(connection);
            }

            return;
        }

        _downPatience.Renew();
        if (!heard && !await Answers(connection, _stream.CountChannelSigns(), _stream.PingChannelAsync).ConfigureAwait(false))
        {
            return;
        }

        if (heard && (confirmed || !_stream.IsAwaitingReply))
        {
            return;
        }

        var lastId = _stream.LastId;
        ulong? counter = null;
        if (!await Answers(connection, _stream.CountCommandSigns(), ReadCounter).ConfigureAwait(false))
        {
            return;
        }

        // What the counter includes may be on its way. It usually arrives before the answer to a question that follows.
        if (!heard && counter > lastId
            && !await Answers(connection, _stream.CountChannelSigns(), _stream.PingChannelAsync).ConfigureAwait(false))
        {
            return;
        }

        if (_stream.IsSettled)
        {
            Compare(connection, lastId, counter);
        }

        async Task ReadCounter() => counter = await _stream.ReadCounterAsync().ConfigureAwait(false);
    }

    private void Compare(object? connection, ulong lastId, ulong? counter)
    {
        if (lastId > (counter ?? 0))
        {
            _stream.OnMemoryLost();
            return;
        }

        if (!ReferenceEquals(connection, _remedied))
        {
            (_remedied, _next) = (connection, Remedy.CatchUp);
        }

        if (lastId == counter || counter is null || _stream.LastId != lastId)
        {
            _next = Remedy.CatchUp;
            return;
        }

        // The first message of a farm may be stored a moment before it arrives. A server that has received nothing yet
        // is not behind.
        if (lastId > 0 || _next != Remedy.CatchUp)
        {
            ReceivingLog.ChannelSilent(_context.Logger, _context.Name, lastId, counter.Value, _next.ToString());
        }

        switch (_next)
        {
            case Remedy.CatchUp:
                _stream.CatchUp();
                _next = Remedy.Resubscribe;
                break;
            case Remedy.Resubscribe:
                _stream.Resubscribe();
                _next = Remedy.Reconnect;
                break;
            default:
                _stream.Reconnect(connection);
                _next = Remedy.CatchUp;
                break;
        }
    }

    private async Task<bool> Answers(object? connection, Func<long> signs, Func<Task> ask)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var question = AskUntilAnswered(connection, ask, over.Token);
        if (await _wait.HasAnswerAsync(question, signs, () => _stream.ExpectedDelay, _stopping.Token).ConfigureAwait(false))
        {
            await question.ConfigureAwait(false);
            return true;
        }

        over.Cancel();
        question.IgnoreFailure();
        if (!_stopping.IsCancellationRequested && _stream.Reconnect(connection))
        {
            ReceivingLog.ConnectionSilent(_context.Logger, _context.Name, _timeout);
        }

        return false;
    }

    // A time-out of the client library is no answer. On a connection that the application made, it may come long before
    // LivenessTimeout.
    private async Task AskUntilAnswered(object? connection, Func<Task> ask, CancellationToken over)
    {
        while (true)
        {
            try
            {
                await ask().ConfigureAwait(false);
                return;
            }
            catch (TimeoutException) when (!over.IsCancellationRequested && ReferenceEquals(connection, _stream.Connection))
            {
                await _context.Time.Wait(TimeSpan.FromTicks(_timeout.Ticks / AnswerWait.Steps), over).ConfigureAwait(false);
            }
        }
    }

    private static bool Advanced(ref long seen, long now)
    {
        var advanced = now != seen;
        seen = now;
        return advanced;
    }
}
