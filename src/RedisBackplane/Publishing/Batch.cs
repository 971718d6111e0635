using System.Buffers.Binary;
using System.Diagnostics;
using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Wire;

namespace RedisBackplane.Publishing;

/// <summary>
/// Messages that go to Redis together and share one task. Not thread-safe: <see cref="Publisher"/> guards it.
/// </summary>
internal sealed class Batch
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private FrameWriter _writer;
    private BatchParts? _partOf;
    private TaskCompletionSource<object?>? _completion;
    private List<ActivityContext>? _traces;
    private int _isSettled;
    private bool _hasFailedCall;
    private bool _isSigned;

    /// <param name="openedAt">Timestamp of its first message.</param>
    /// <param name="expectedLength">How large it may become; a good guess saves copies.</param>
    public Batch(long openedAt, int expectedLength)
    {
        OpenedAt = openedAt;
        _writer = new FrameWriter(expectedLength);
    }

    /// <summary>A batch that was sent and confirmed before, to be sent once more.</summary>
    /// <param name="openedAt">Timestamp of its first message.</param>
    /// <param name="writer">Its frame, closed and, where frames are, signed.</param>
    /// <param name="number">Its number.</param>
    public Batch(long openedAt, FrameWriter writer, ulong number)
    {
        OpenedAt = openedAt;
        _writer = writer;
        Number = number;
        IsStored = true;
        _isSigned = true;
    }

    /// <summary>Timestamp of its first message.</summary>
    public long OpenedAt { get; }

    /// <summary>Redis, or something on the way to it, refuses it for its size.</summary>
    public bool IsTooLarge { get; set; }

    public BatchState State { get; set; }

    /// <summary>The publisher's number of the batch; 0 until it is closed.</summary>
    public ulong Number { get; private set; }

    public int Count => _writer.Count;

    public int Length => _writer.Length;

    /// <summary>Its frame, closed, the ids 0.</summary>
    public ReadOnlyMemory<byte> Frame => _writer.Frame;

    /// <summary>Ends when the batch is stored in Redis, or with the reason why it was given up.</summary>
    public Task Completion => CompletionSource.Task;

    /// <summary>Redis had it once, whatever has become of it there.</summary>
    public bool IsStored { get; set; }

    /// <summary>It goes again because Redis forgot it; nobody waits for it.</summary>
    public bool IsReplay { get; set; }

    /// <summary>Its task has ended, or nobody waits for it any more, though a call to Redis may still be under way.</summary>
    public bool IsGivenUp { get; private set; }

    public void Append(Message message) => _writer.Append(message);

    /// <summary>No message joins from now on; the batch keeps its number and bytes through every retry.</summary>
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
    /// Lets the frame say where a publish stood in a distributed trace. To be called before <see cref="Close"/>; beyond what a frame
    /// carries nothing happens.
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
    /// Adds the authentication tag, once: a batch that goes again is the same. To be called after <see cref="Close"/>, by whoever is about
    /// to send it.
    /// </summary>
    public void Sign(FrameAuthenticator authenticator)
    {
        if (!_isSigned)
        {
            authenticator.Sign(_writer);
            _isSigned = true;
        }
    }

    /// <summary>Bytes of memory that it holds.</summary>
    public int Capacity => _writer.Capacity;

    // The callers of a shared batch must not wait for each other: each goes on on a thread of its own. A lone one goes on at once, which
    // saves waking a thread. Only a batch that was closed before its task was handed out is sure to stay alone.
    private TaskCompletionSource<object?> CompletionSource => _completion ??= new(
        Number != 0 && Count == 1 ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Makes two of it, which it waits for. The first keeps its number, the second has the next one. Of more than one message only.
    /// </summary>
    public (Batch First, Batch Second) Split(PublisherId publisher)
    {
        var frame = _writer.Frame.ToArray();
        var sentAt = BinaryPrimitives.ReadInt64LittleEndian(frame.AsSpan(FrameLayout.SentAt));
        var parts = new BatchParts(this, 2);
        var messages = new Frame.Enumerator(frame, FrameLayout.Messages, _writer.Length);
        var first = Part(Count / 2, Number);
        return (first, Part(Count - first.Count, Number + 1));

        Batch Part(int count, ulong number)
        {
            var part = new Batch(OpenedAt, frame.Length) { _partOf = parts, State = BatchState.Interrupted };
            for (var i = 0; i < count && messages.MoveNext(); i++)
            {
                part.Append(messages.Current.ToMessage(0, 0));
            }

            part.Close(publisher, number, sentAt);
            return part;
        }
    }

    /// <summary>Gives it another number. A socket may still be reading the bytes with the old one: they are left alone.</summary>
    public void Renumber(PublisherId publisher, ulong number)
    {
        var frame = _writer.Frame.Span;
        var sentAt = BinaryPrimitives.ReadInt64LittleEndian(frame.Slice(FrameLayout.SentAt));
        _writer = FrameWriter.Restore(frame.Slice(0, _writer.Length), _writer.Length, _writer.Count);
        _hasFailedCall = false;
        Close(publisher, number, sentAt);
    }

    /// <summary>Redis has it. The caller of <c>Publish</c> may go on on this thread before the method returns.</summary>
    public void Complete()
    {
        if (Interlocked.Exchange(ref _isSettled, 1) == 0)
        {
            CompletionSource.TrySetResult(null);
            _partOf?.End(null);
        }
    }

    /// <summary>Lets go of memory that it does not need. As for <see cref="Recycle"/>, Redis must have answered.</summary>
    public void Trim()
    {
        if (!_hasFailedCall)
        {
            _writer.Trim();
        }
    }

    /// <summary>A call failed at the client; it may still lie in the queue of a socket, which then reads the bytes at any time.</summary>
    public void NoteFailedCall() => _hasFailedCall = true;

    /// <summary>
    /// Gives the buffer back. Only for a batch that is complete: Redis has answered its last call, and where each of its calls was answered
    /// no socket still reads the bytes. Else they are left to the garbage collector.
    /// </summary>
    public void Recycle()
    {
        if (!_hasFailedCall)
        {
            _writer.Recycle();
        }
    }

    /// <summary>Nobody waits for it any more. The buffer is left to the garbage collector: a socket may still be reading it.</summary>
    public void GiveUp() => IsGivenUp = true;

    /// <summary>
    /// Ends its task with the reason. The caller of <c>Publish</c> goes on elsewhere: it may block, and must hold up neither
    /// <c>Dispose</c> nor a timer.
    /// </summary>
    public void Fail(Exception reason)
    {
        // What Redis answers from here on comes too late, though the task may end a moment later.
        if (Interlocked.Exchange(ref _isSettled, 1) != 0)
        {
            return;
        }

        var completion = CompletionSource;
        if ((completion.Task.CreationOptions & TaskCreationOptions.RunContinuationsAsynchronously) != 0)
        {
            EndWith(completion, reason);
        }
        else
        {
            // The task has ended before its caller goes on: that much is worth waiting for.
            ThreadPool.UnsafeQueueUserWorkItem(_ => EndWith(completion, reason), null);
            SpinWait.SpinUntil(() => completion.Task.IsCompleted, LongestWait);
        }

        _partOf?.End(reason);
    }

    private static void EndWith(TaskCompletionSource<object?> completion, Exception reason)
    {
        completion.TrySetException(reason);
        _ = completion.Task.Exception; // A caller that dropped its task is not told by the finalizer thread.
    }
}

internal enum BatchState
{
    /// <summary>Takes messages, or waits for its first call.</summary>
    Waiting,

    /// <summary>A call to Redis is under way.</summary>
    InFlight,

    /// <summary>Its call failed or came out of turn; it goes again, before anything newer.</summary>
    Interrupted,
}
