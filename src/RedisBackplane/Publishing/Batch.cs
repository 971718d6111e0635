using System.Buffers.Binary;
using System.Diagnostics;
using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Wire;

namespace RedisBackplane.Publishing;

/// <summary>
/// Messages that go to Redis together: their frame, and what is known of it. Not thread-safe: <see cref="Publisher"/>
/// guards it.
/// </summary>
internal sealed class Batch
{
    private readonly BatchTasks _tasks;
    private FrameWriter _writer;
    private List<ActivityContext>? _traces;
    private BatchState _state;
    private bool _wasInterrupted;
    private bool _hasFailedCall;
    private bool _isSigned;

    /// <param name="expectedLength">How large it may become; a good guess saves copies.</param>
    public Batch(long openedAt, int expectedLength)
        : this(openedAt, new FrameWriter(expectedLength), new BatchTasks())
    {
    }

    /// <summary>A batch that was sent and confirmed before, and is sent once more.</summary>
    /// <param name="writer">Its frame: closed, and signed if the farm has keys.</param>
    public Batch(long openedAt, FrameWriter writer, ulong number)
        : this(openedAt, writer, new BatchTasks())
    {
        Number = number;
        IsStored = true;
        _isSigned = true;
    }

    private Batch(long openedAt, FrameWriter writer, BatchTasks tasks)
    {
        OpenedAt = openedAt;
        _writer = writer;
        _tasks = tasks;
    }

    /// <summary>Timestamp of its first message.</summary>
    public long OpenedAt { get; }

    /// <summary>Redis, or something on the network path, refuses it for its size.</summary>
    public bool IsTooLarge { get; set; }

    /// <summary>When it was sent last, no other batch was in flight or could follow.</summary>
    public bool WasSentAlone { get; set; }

    /// <summary>It is a part of a batch that was too large.</summary>
    public bool IsPart => _tasks.ArePartial;

    /// <summary>It is large, and its last call has no answer.</summary>
    public bool IsUnanswered { get; set; }

    /// <summary>
    /// Redis must be asked for it before it is sent again. A batch that Redis lost must be sent anyway.
    /// </summary>
    public bool IsDoubtful => (IsTooLarge || IsUnanswered) && !IsReplay;

    public BatchState State
    {
        get => _state;
        set
        {
            _state = value;
            _wasInterrupted |= value == BatchState.Interrupted;
        }
    }

    /// <summary>The publisher's number of the batch; 0 until it is closed.</summary>
    public ulong Number { get; private set; }

    public int Count => _writer.Count;

    public int Length => _writer.Length;

    /// <summary>Its closed frame, with ids of 0.</summary>
    public ReadOnlyMemory<byte> Frame => _writer.Frame;

    /// <summary>Completes when the batch is stored in Redis; fails with the reason if it was given up.</summary>
    public Task Completion => _tasks.Shared(HasOneCaller);

    /// <summary>
    /// A task for the message that was added last, if it is so large that Redis may refuse it alone: other messages of
    /// the batch must not share that failure. Null for smaller messages.
    /// </summary>
    /// <param name="size"><see cref="FrameWriter.MaxSizeOf"/> the message.</param>
    public Task? OwnCompletion(long size) =>
        size + FrameLayout.Messages < SizeSuspicion.LeastSuspect ? null : _tasks.Own(Count - 1);

    /// <summary>Redis has stored it once, even if Redis has lost it since.</summary>
    public bool IsStored { get; private set; }

    /// <summary>It is sent again because Redis lost it. Nobody waits for it.</summary>
    public bool IsReplay { get; set; }

    /// <summary>Its task has ended, or nobody waits for it any more. A call to Redis may still be in flight.</summary>
    public bool IsGivenUp { get; private set; }

    public void Append(Message message) => _writer.Append(message);

    /// <summary>No message joins the batch from now on. It keeps its number and bytes through every retry.</summary>
    public void Close(PublisherId publisher, ulong number, long sentAtMicroseconds)
    {
        Number = number;
        _isSigned = false;
        _writer.Complete(publisher, number, sentAtMicroseconds);
        if (_traces is not null)
        {
            TraceContexts.Write(_writer, _traces);
        }
    }

    /// <summary>
    /// Adds the trace context of a publish to the frame. Call it before <see cref="Close"/>. It does nothing if the
    /// frame already has as many as it may carry.
    /// </summary>
    public void Trace(ActivityContext context)
    {
        _traces ??= [];
        if (_traces.Count < TraceContexts.Max)
        {
            _traces.Add(context);
        }
    }

    /// <summary>
    /// Adds the authentication tag, only once: a batch that is sent again does not change. The thread that is about to
    /// send it calls this after <see cref="Close"/>.
    /// </summary>
    public void Sign(FrameAuthenticator authenticator)
    {
        if (!_isSigned)
        {
            authenticator.Sign(_writer);
            _isSigned = true;
        }
    }

    public int Capacity => _writer.Capacity;

    // Only a batch that was closed before its task was handed out is certain to have one.
    private bool HasOneCaller => Number != 0 && Count == 1;

    /// <summary>
    /// Splits the batch into two, and waits for both. The first keeps its number; the second has the next one. The
    /// batch must have more than one message.
    /// </summary>
    public (Batch First, Batch Second) Split(PublisherId publisher)
    {
        var frame = _writer.Frame.ToArray();
        var sentAt = BinaryPrimitives.ReadInt64LittleEndian(frame.AsSpan(FrameLayout.SentAt));
        var parts = new BatchParts(this, 2);
        var messages = new Frame.Enumerator(frame, FrameLayout.Messages, _writer.Length);
        var first = Part(Count / 2, Number, 0);
        return (first, Part(Count - first.Count, Number + 1, first.Count));

        Batch Part(int count, ulong number, int offset)
        {
            var part = new Batch(OpenedAt, new FrameWriter(frame.Length), _tasks.Part(parts, offset))
            {
                State = BatchState.Interrupted,
            };
            for (var i = 0; i < count && messages.MoveNext(); i++)
            {
                part.Append(messages.Current.ToMessage(0, 0));
            }

            part.Close(publisher, number, sentAt);
            return part;
        }
    }

    /// <summary>
    /// Gives the batch another number, in a new buffer: a socket may still be reading the bytes with the old one.
    /// </summary>
    public void Renumber(PublisherId publisher, ulong number)
    {
        var frame = _writer.Frame.Span;
        var sentAt = BinaryPrimitives.ReadInt64LittleEndian(frame.Slice(FrameLayout.SentAt));
        _writer = FrameWriter.Restore(frame.Slice(0, _writer.Length), _writer.Length, _writer.Count);
        _hasFailedCall = false;
        Close(publisher, number, sentAt);
    }

    /// <summary>
    /// Redis has stored it. The caller of <c>Publish</c> may continue on this thread before the method returns, except
    /// after an interruption: whoever sends the batch again may hold a lock.
    /// </summary>
    /// <param name="time">
    /// Queues what must not continue on this thread; not needed for a batch of several messages.
    /// </param>
    public void Complete(TimeProvider? time) => _tasks.Complete(Count, HasOneCaller, _wasInterrupted ? time : null);

    /// <summary>
    /// Releases memory that it does not need. As with <see cref="Recycle"/>, Redis must have answered.
    /// </summary>
    public void Trim()
    {
        if (!_hasFailedCall)
        {
            _writer.Trim();
        }
    }

    /// <summary>
    /// A call failed in the client library. It may still be in the queue of a socket, which can read the bytes at any
    /// time.
    /// </summary>
    public void NoteFailedCall() => _hasFailedCall = true;

    /// <summary>Redis has stored it.</summary>
    public void NoteStored()
    {
        IsStored = true;
        NoteCertain();
    }

    /// <summary>Redis was asked for it.</summary>
    public void NoteCertain() => IsTooLarge = IsUnanswered = false;

    /// <summary>
    /// Returns the buffer to the pool. Only for a batch whose last call Redis has answered. If a call was never
    /// answered, a socket may still read the bytes, and they are left to the garbage collector.
    /// </summary>
    public void Recycle()
    {
        if (!_hasFailedCall)
        {
            _writer.Recycle();
        }
    }

    /// <summary>
    /// Nobody waits for it any more. The buffer is left to the garbage collector, because a socket may still be reading
    /// it.
    /// </summary>
    public void GiveUp() => IsGivenUp = true;

    /// <summary>
    /// Fails its task with the reason, in a moment. The caller of <c>Publish</c> continues on another thread: it may
    /// block, and must delay neither <c>Dispose</c> nor a timer.
    /// </summary>
    public void Fail(Exception reason) => _tasks.Fail(Count, HasOneCaller, reason);
}

internal enum BatchState
{
    /// <summary>It accepts messages, or waits for its first call.</summary>
    Waiting,

    /// <summary>A call to Redis is in flight.</summary>
    InFlight,

    /// <summary>Its call failed or was out of turn. It is sent again, before anything newer.</summary>
    Interrupted,
}
