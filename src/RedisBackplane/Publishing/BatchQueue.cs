using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Publishing;

/// <summary>
/// The batches of one stream, oldest first: a window of batches that were sent and are not settled, then batches that
/// are sent again because Redis lost them, then waiting ones. Decides which batch is next, and sends nothing. Not
/// thread-safe: <see cref="Publisher"/> guards it.
/// </summary>
internal sealed class BatchQueue(PublisherLimits limits)
{
    // Thousands of small batches must be sent again within about a second. The round trip to Redis does not allow that
    // with only a few calls in flight.
    private const int MaxReplaysInFlight = 256;

    private readonly List<Batch> _window = [];
    private readonly Queue<Batch> _waiting = new();
    private Queue<Batch> _again = new();
    private int _expectedLength;
    private Batch? _open;
    private int _waitingMessages;
    private long _waitingBytes;
    private int _callsInFlight;
    private int _messagesInFlight;
    private long _bytesInFlight;

    /// <summary>
    /// Messages in flight or waiting. Messages that are sent again after a memory loss do not count: they have a bound
    /// of their own (<see cref="PublisherLimits.RepublishMaxBytes"/>), and must not block new ones.
    /// </summary>
    public int Messages { get; private set; }

    /// <summary>Bytes of <see cref="Messages"/>.</summary>
    public long Bytes { get; private set; }

    /// <summary>What the queues of all streams, including this one, hold and may hold.</summary>
    public QueueBudget Budget { get; } = limits.SharedQueue ?? new(limits.MaxQueueMessages, limits.MaxQueueBytes, 1);

    public bool IsEmpty => _window.Count == 0 && _again.Count == 0 && _waiting.Count == 0;

    /// <summary>
    /// A call failed. Nothing is sent until all calls have ended and <see cref="Recover"/> is called: only then is the
    /// order certain.
    /// </summary>
    public bool IsInterrupted { get; private set; }

    public bool HasCallsInFlight => _callsInFlight > 0;

    /// <summary>The lowest number that is not settled.</summary>
    public ulong OldestNumber => _window[0].Number;

    /// <summary>Takes room for a message, if there is any. The caller must then call <see cref="Add"/>.</summary>
    /// <param name="size"><see cref="Wire.FrameWriter.MaxSizeOf"/> the message.</param>
    public bool TryMakeRoomFor(long size) => Budget.TryTake(size, Messages, Bytes);

    /// <summary>Whether it could take a message if all batches that were never sent were dropped.</summary>
    /// <inheritdoc cref="TryMakeRoomFor"/>
    public bool CouldMakeRoomFor(long size) =>
        Budget.WouldHaveRoom(size, Messages - _waitingMessages, Bytes - _waitingBytes, _waitingMessages, _waitingBytes);

    /// <summary>Adds a message, for which room was taken, to the open batch or to a new one.</summary>
    /// <param name="message">Copied; the caller keeps its own.</param>
    /// <param name="window">How long a batch stays open, in units of the timestamp.</param>
    public Batch Add(Message message, long size, long now, long window)
    {
        var open = _open is { } last && HasRoom(last, size) && now - last.OpenedAt <= window ? last : null;
        var before = open?.Length ?? 0;
        Batch batch;
        try
        {
            batch = open ?? new Batch(now, _expectedLength);
            batch.Append(message);
        }
        catch
        {
            // For example, there is no memory for it.
            Budget.Change(-1, -size);
            throw;
        }

        if (open is null)
        {
            // While nothing is sent, the next one will not be as long as the last one that was.
            _expectedLength = 0;
            _open = batch;
            _waiting.Enqueue(batch);
        }

        var added = batch.Length - before;
        Budget.Change(0, added - size);
        Bytes += added;
        _waitingBytes += added;
        Messages++;
        _waitingMessages++;
        return batch;
    }

    /// <summary>
    /// Takes the batch to send now, if there is one; it counts as in flight. Interrupted batches come first, then those
    /// that Redis lost. An additional call needs at least as many waiting messages as are in flight, so that few
    /// messages are sent at once and many in large batches.
    /// </summary>
    /// <param name="isAlone">Whether it may be sent only while no other is in flight.</param>
    public bool TryTake(bool isAlone, [NotNullWhen(true)] out Batch? batch)
    {
        batch = null;
        if (IsInterrupted || (isAlone && _callsInFlight > 0))
        {
            return false;
        }

        var interrupted = _window.Find(static candidate => candidate.State == BatchState.Interrupted);
        var again = interrupted ?? (_again.Count > 0 ? _again.Peek() : null);
        if (again is { IsReplay: true } ? !HasRoomInFlight(again) : _callsInFlight >= limits.MaxCallsInFlight)
        {
            return false;
        }

        if (again is null
            && (_waiting.Count == 0 || (_callsInFlight > 0 && _waiting.Count == 1 && _waitingMessages < _messagesInFlight)))
        {
            return false;
        }

        batch = interrupted;
        if (batch is null)
        {
            batch = again is null ? Dequeue() : DequeueAgain();
            _window.Add(batch);
        }

        batch.State = BatchState.InFlight;
        _callsInFlight++;
        _messagesInFlight += batch.Count;
        _bytesInFlight += batch.Length;
        return true;
    }

    /// <summary>The call of a batch succeeded.</summary>
    public void Settle(Batch batch)
    {
        EndCall(batch);
        Drop(batch);
    }

    /// <summary>The call of a batch failed; the batch is sent again unless it was given up.</summary>
    public void Interrupt(Batch batch)
    {
        EndCall(batch);
        IsInterrupted = true;
        batch.State = BatchState.Interrupted;
        if (batch.IsGivenUp)
        {
            Drop(batch);
        }
    }

    /// <summary>Sends nothing until <see cref="Recover"/>.</summary>
    public void Interrupt() => IsInterrupted = true;

    /// <summary>The first batch to be sent again that meets a condition.</summary>
    public Batch? FindInterrupted(Predicate<Batch> isMeant) =>
        _window.Find(batch => batch.State == BatchState.Interrupted && isMeant(batch));

    /// <summary>Removes a batch without a call in flight; it is not sent again.</summary>
    public void Drop(Batch batch)
    {
        _window.Remove(batch);
        Release(batch);
    }

    /// <summary>
    /// Replaces an interrupted batch by its two halves. The batches after it that have numbers get the numbers that
    /// follow. No call may be in flight, and Redis may have stored none of them.
    /// </summary>
    public void Split(Batch batch, Wire.PublisherId publisher)
    {
        var place = _window.IndexOf(batch);
        var (first, second) = batch.Split(publisher);
        _window[place] = first;
        _window.Insert(place + 1, second);
        var added = first.Length + second.Length - batch.Length;
        Bytes += added;
        Budget.Change(0, added);
        foreach (var later in _window.Skip(place + 2).Concat(_again))
        {
            later.Renumber(publisher, later.Number + 1);
        }
    }

    /// <summary>Allows sending again after an interruption.</summary>
    public void Recover() => IsInterrupted = false;

    /// <summary>
    /// Inserts batches that were settled before into their places, to be sent again. No call may be in flight.
    /// </summary>
    public void Replay(IReadOnlyList<Batch> batches)
    {
        if (batches.Count == 0)
        {
            return;
        }

        foreach (var batch in batches)
        {
            batch.State = BatchState.Interrupted;
            batch.IsReplay = true;
        }

        // Some of them may have been confirmed before an older batch that is still being retried.
        _again = new Queue<Batch>(_window.Concat(_again).Concat(batches).OrderBy(static batch => batch.Number));
        _window.Clear();
    }

    /// <summary>Gives up the oldest batch that was never sent, to make room.</summary>
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

    /// <summary>
    /// Gives up, oldest first, the batches that were opened at or before a time. A batch with a call in flight stays in
    /// the window until the call ends.
    /// </summary>
    public List<Batch> TakeOpenedUntil(long time) => TakeOpenedUntil(time, batch => !batch.IsStored);

    /// <summary>Gives up all batches. A batch with a call in flight stays in the window until the call ends.</summary>
    public List<Batch> TakeAll() => TakeOpenedUntil(long.MaxValue, static _ => true);

    private bool HasRoom(Batch batch, long size) =>
        batch.Count < limits.MaxBatchMessages && batch.Length + size <= limits.MaxBatchBytes;

    private List<Batch> TakeOpenedUntil(long time, Func<Batch, bool> mayExpire)
    {
        var expired = new List<Batch>();
        foreach (var batch in _window.Concat(_again))
        {
            if (batch.OpenedAt <= time && !batch.IsGivenUp && mayExpire(batch))
            {
                batch.GiveUp();
                expired.Add(batch);
                if (batch.State != BatchState.InFlight)
                {
                    Release(batch);
                }
            }
        }

        if (expired.Count > 0)
        {
            _window.RemoveAll(static batch => batch.IsGivenUp && batch.State != BatchState.InFlight);
            _again = new Queue<Batch>(_again.Where(static batch => !batch.IsGivenUp));
        }

        while (_waiting.Count > 0 && _waiting.Peek().OpenedAt <= time)
        {
            expired.Add(TakeOldestWaiting()!);
        }

        return expired;
    }

    // As many bytes as ordinary calls may have in flight, but at least one batch.
    private bool HasRoomInFlight(Batch replay) =>
        _callsInFlight == 0
        || (_callsInFlight < MaxReplaysInFlight
            && _bytesInFlight + replay.Length <= (long)limits.MaxCallsInFlight * limits.MaxBatchBytes);

    private Batch Dequeue()
    {
        var batch = _waiting.Dequeue();
        _waitingMessages -= batch.Count;
        _waitingBytes -= batch.Length;
        _expectedLength = Math.Min(batch.Length, limits.MaxBatchBytes);
        if (ReferenceEquals(batch, _open))
        {
            _open = null;
        }

        return batch;
    }

    private Batch DequeueAgain()
    {
        var batch = _again.Dequeue();
        if (_again.Count == 0)
        {
            // Releases the memory of a long outage.
            _again = new Queue<Batch>();
        }

        return batch;
    }

    private void EndCall(Batch batch)
    {
        _callsInFlight--;
        _messagesInFlight -= batch.Count;
        _bytesInFlight -= batch.Length;
    }

    private void Release(Batch batch)
    {
        if (!batch.IsReplay)
        {
            Messages -= batch.Count;
            Bytes -= batch.Length;
            Budget.Change(-batch.Count, -batch.Length);
        }
    }
}
