using System.Collections.Concurrent;

namespace RedisBackplane.Tests.Publishing;

/// <summary>A Redis whose answers the test gives, call by call. Thread-safe.</summary>
internal sealed class ScriptedSender : IBatchSender
{
    private readonly ConcurrentQueue<SendCall> _calls = new();
    private readonly ConcurrentQueue<TaskCompletionSource<ulong?>> _counterReads = new();

    /// <summary>If set, answers each call at once.</summary>
    public Func<SendCall, BatchReply>? Answer { get; set; }

    public IReadOnlyList<SendCall> Calls => [.. _calls];

    public List<SendCall> Unanswered => [.. Calls.Where(call => !call.IsAnswered)];

    public SendCall Last => Calls[^1];

    public Func<ulong?> Counter { get; set; } = static () => null;

    /// <summary>If set, <see cref="Counter"/> is read only by <see cref="AnswerCounter"/>.</summary>
    public bool HoldsCounter { get; set; }

    public bool HasCounterReads => !_counterReads.IsEmpty;

    /// <summary>Answers the oldest read of the counter.</summary>
    public void AnswerCounter()
    {
        if (_counterReads.TryDequeue(out var read))
        {
            SendCall.Inline(() => read.SetResult(Counter()));
        }
    }

    /// <summary>What a call throws instead of returning a task.</summary>
    public Exception? Failure { get; set; }

    public Task<ulong?> ReadCounterAsync()
    {
        if (HoldsCounter)
        {
            var read = new TaskCompletionSource<ulong?>();
            _counterReads.Enqueue(read);
            return read.Task;
        }

        try
        {
            return Task.FromResult(Counter());
        }
        catch (Exception exception)
        {
            return Task.FromException<ulong?>(exception);
        }
    }

    public ValueTask<BatchReply> SendAsync(BatchRequest request)
    {
        if (Failure is { } failure)
        {
            throw failure;
        }

        var call = new SendCall(request);
        _calls.Enqueue(call);
        if (Answer is { } answer)
        {
            try
            {
                return new(answer(call));
            }
            catch (Exception exception)
            {
                return new(Task.FromException<BatchReply>(exception));
            }
        }

        return new(call.Task);
    }
}

internal sealed class SendCall
{
    private readonly TaskCompletionSource<BatchReply> _reply = new();
    private readonly byte[] _bytes;

    public SendCall(BatchRequest request)
    {
        Request = request;
        _bytes = request.Body.ToArray();
        Values = request.Count == 0 ? [] : Frames.MessagesOf(Frames.OfBody(_bytes)).ConvertAll(Messages.ValueOf);
    }

    public BatchRequest Request { get; }

    public ulong Number => Request.Number;

    /// <summary>The values of its messages, as they were when the call was made.</summary>
    public IReadOnlyList<string> Values { get; }

    public int ThreadId { get; } = Environment.CurrentManagedThreadId;

    public bool IsAnswered => _reply.Task.IsCompleted;

    public Task<BatchReply> Task => _reply.Task;

    /// <summary>Whether a socket that reads the bytes only now would read what they were.</summary>
    public bool IsUntouched => Request.Body.Span.SequenceEqual(_bytes);

    public byte[] Bytes => _bytes;

    public void Stored(ulong firstId = 1) => Reply(BatchOutcome.Stored, firstId);

    public void Reply(BatchOutcome outcome, ulong value = 0) => Inline(() => _reply.SetResult(new BatchReply(outcome, value)));

    public void Fail(string message = "cut") => Inline(() => _reply.SetException(new InvalidOperationException(message)));

    // On this thread, so that what follows from an answer has happened when the call returns: the test framework's
    // context would send it elsewhere.
    internal static void Inline(Action action)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            action();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
