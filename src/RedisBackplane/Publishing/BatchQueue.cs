using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Publishing;

/// <summary>
/// The batches of one stream, oldest first: a window of those that were sent and not yet settled, then those that wait. Decides what goes next; sends
/// nothing. Not thread-safe: <see cref="Publisher"/> guards it.
/// </summary>
internal sealed class BatchQueue
{
    private readonly PublisherLimits _limits;
    private readonly List<Batch> _window = [];
    private readonly Queue<Batch> _waiting = new();
    private int _lastLength;
    private Batch? _open;
    private int _waitingMessages;
    private long _waitingBytes;
    private int _callsInFlight;
    private int _messagesInFlight;

    public BatchQueue(PublisherLimits limits) => _limits = limits;

    /// <summary>Messages held, in flight or waiting.</summary>
    public int Messages { get; private set; }

    /// <summary>Bytes held, in flight or waiting.</summary>
    public long Bytes { get; private set; }

    public bool IsEmpty => _window.Count == 0 && _waiting.Count == 0;

    /// <summary>A call failed. Nothing goes out until all calls have ended and <see cref="Recover"/> is called: then the order is certain.</summary>
    public bool IsInterrupted { get; private set; }

    public bool HasCallsInFlight => _callsInFlight > 0;

    /// <summary>The lowest number that is not settled.</summary>
    public ulong OldestNumber => _window[0].Number;

    /// <summary>Whether the queue may take the message.</summary>
    public bool HasRoomFor(Message message) =>
        Messages < _limits.MaxQueueMessages && Bytes + Wire.FrameWriter.MaxSizeOf(message) <= _limits.MaxQueueBytes;

    /// <summary>Whether it could, if all that no call has carried yet were dropped.</summary>
    public bool CouldMakeRoomFor(Message message) =>
        Messages - _waitingMessages < _limits.MaxQueueMessages
        && Bytes - _waitingBytes + Wire.FrameWriter.MaxSizeOf(message) <= _limits.MaxQueueBytes;

    /// <summary>Adds a message to the batch that is being filled, or to a new one.</summary>
    /// <param name="message">Copied; the caller keeps its own.</param>
    /// <param name="now">The present timestamp.</param>
    /// <param name="window">How long a batch takes messages, in units of the timestamp.</param>
    public Batch Add(Message message, long now, long window)
    {
        var batch = _open;
        var before = batch?.Length ?? 0;
        if (batch is null
            || batch.Count >= _limits.MaxBatchMessages
            || batch.Length + Wire.FrameWriter.MaxSizeOf(message) > _limits.MaxBatchBytes
            || now - batch.OpenedAt > window)
        {
            batch = new Batch(now, _lastLength);
            batch.Append(message);
            _open = batch;
            _waiting.Enqueue(batch);
            before = 0;
        }
        else
        {
            batch.Append(message);
        }

        Bytes += batch.Length - before;
        _waitingBytes += batch.Length - before;
        Messages++;
        _waitingMessages++;
        return batch;
    }

    /// <summary>
    /// The batch that should go to Redis now, if any; it counts as in flight. What was interrupted goes first. A further call beside others needs at
    /// least as many waiting messages as are in flight: few messages go at once, many in large batches.
    /// </summary>
    public bool TryTake([NotNullWhen(true)] out Batch? batch)
    {
        batch = null;
        if (IsInterrupted || _callsInFlight >= _limits.MaxCallsInFlight)
        {
            return false;
        }

        foreach (var candidate in _window)
        {
            if (candidate.State == BatchState.Interrupted)
            {
                batch = candidate;
                break;
            }
        }

        if (batch is null)
        {
            if (_waiting.Count == 0 || (_callsInFlight > 0 && _waiting.Count == 1 && _waitingMessages < _messagesInFlight))
            {
                return false;
            }

            batch = Dequeue();
            _window.Add(batch);
        }

        batch.State = BatchState.InFlight;
        _callsInFlight++;
        _messagesInFlight += batch.Count;
        return true;
    }

    /// <summary>The call of a batch ended well.</summary>
    public void Settle(Batch batch)
    {
        EndCall(batch);
        Remove(batch);
    }

    /// <summary>The call of a batch did not end well; it goes again unless it was given up.</summary>
    public void Interrupt(Batch batch)
    {
        EndCall(batch);
        IsInterrupted = true;
        batch.State = BatchState.Interrupted;
        if (batch.IsGivenUp)
        {
            Remove(batch);
        }
    }

    /// <summary>Lets batches go out again after an interruption.</summary>
    public void Recover() => IsInterrupted = false;

    /// <summary>Puts batches that were settled once back into their places, to be sent again. No call may be in flight.</summary>
    public void Replay(IReadOnlyList<Batch> batches)
    {
        foreach (var batch in batches)
        {
            batch.State = BatchState.Interrupted;
            Messages += batch.Count;
            Bytes += batch.Length;
        }

        // Among them may be some that overtook, as confirmed, one that is still tried again.
        _window.AddRange(batches);
        _window.Sort((left, right) => left.Number.CompareTo(right.Number));
    }

    /// <summary>Gives up the oldest batch that no call has carried yet, to make room.</summary>
    public Batch? TakeOldestWaiting()
    {
        if (_waiting.Count == 0)
        {
            return null;
        }

        var batch = Dequeue();
        Release(batch);
        batch.GiveUp();
        return batch;
    }

    /// <summary>Gives up, oldest first, what was opened at or before a time. A batch whose call is under way stays in the window until the call ends.</summary>
    public List<Batch> TakeOpenedUntil(long time) => TakeOpenedUntil(time, batch => !batch.IsStored);

    /// <summary>Gives up everything. A batch whose call is under way stays in the window until the call ends.</summary>
    public List<Batch> TakeAll() => TakeOpenedUntil(long.MaxValue, static _ => true);

    private List<Batch> TakeOpenedUntil(long time, Func<Batch, bool> mayExpire)
    {
        var expired = new List<Batch>();
        foreach (var batch in _window.ToArray())
        {
            if (batch.OpenedAt <= time && !batch.IsGivenUp && mayExpire(batch))
            {
                batch.GiveUp();
                expired.Add(batch);
                if (batch.State != BatchState.InFlight)
                {
                    Remove(batch);
                }
            }
        }

        while (_waiting.Count > 0 && _waiting.Peek().OpenedAt <= time)
        {
            expired.Add(TakeOldestWaiting()!);
        }

        return expired;
    }

    private Batch Dequeue()
    {
        var batch = _waiting.Dequeue();
        _waitingMessages -= batch.Count;
        _waitingBytes -= batch.Length;
        _lastLength = batch.Length;
        if (ReferenceEquals(batch, _open))
        {
            _open = null;
        }

        return batch;
    }

    private void EndCall(Batch batch)
    {
        _callsInFlight--;
        _messagesInFlight -= batch.Count;
    }

    private void Remove(Batch batch)
    {
        _window.Remove(batch);
        Release(batch);
    }

    private void Release(Batch batch)
    {
        Messages -= batch.Count;
        Bytes -= batch.Length;
    }
}
