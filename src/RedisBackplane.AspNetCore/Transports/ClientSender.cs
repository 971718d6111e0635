using System.Buffers;
using System.Net.WebSockets;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>Receives the failures of a <see cref="ClientSender"/>.</summary>
internal interface ISenderOwner
{
    void OnSendFailed(Exception exception);
}

/// <summary>
/// Sends the messages of one connection in order, one at a time. Messages that arrive during a send wait, up to a bound
/// in bytes. A message that the client does not take in time ends the connection; the client then reconnects and
/// resumes at its cursor. No thread waits. Thread-safe.
/// </summary>
/// <param name="owner">Receives every failure, once.</param>
/// <param name="time">Measures <see cref="Patience"/>.</param>
internal sealed class ClientSender(IClientOutlet outlet, ISenderOwner owner, TimeProvider time)
{
    /// <summary>
    /// The most bytes that may wait for the message that is being sent, with <see cref="CostOfWaiting"/> for each
    /// message.
    /// </summary>
    public const int MaxWaitingBytes = 32 * 1024 * 1024;

    /// <summary>
    /// About what a waiting message holds in addition to its bytes: an answer to a call holds the hub and its scope.
    /// </summary>
    private const int CostOfWaiting = 512;

    /// <summary>How long a client may take for one message.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly Task<bool> Taken = Task.FromResult(true);

    private Queue<Waiting>? _waiting;
    private int _waitingBytes;
    private bool _isSending;
    private bool _isClosed;

    /// <summary>Whether a message is being sent.</summary>
    public bool IsSending
    {
        get
        {
            lock (outlet)
            {
                return _isSending;
            }
        }
    }

    /// <summary>Sends the content of a writer, and returns the writer to its pool.</summary>
    /// <returns>Completes when the message was sent, or will never be sent; never fails.</returns>
    public Task<bool> SendAsync(Utf8Writer writer)
    {
        if (TryBegin(writer.Written.Span, isClose: false) is { } waiting)
        {
            writer.Return();
            return waiting;
        }

        return SendFirst(writer.Written, writer);
    }

    /// <summary>Sends bytes that never change.</summary>
    /// <returns>Completes when the message was sent, or will never be sent; never fails.</returns>
    public Task<bool> SendAsync(ReadOnlyMemory<byte> bytes) =>
        TryBegin(bytes.Span, isClose: false) ?? SendFirst(bytes, writer: null);

    public void Abort() => outlet.Abort();

    /// <summary>Closes the connection when everything was sent.</summary>
    public Task CloseAsync() => TryBegin([], isClose: true) ?? FinishAsync(outlet.CloseAsync(), writer: null);

    private Task<bool> SendFirst(ReadOnlyMemory<byte> bytes, Utf8Writer? writer)
    {
        ValueTask sending;
        try
        {
            sending = outlet.SendAsync(bytes);
            if (!sending.IsCompletedSuccessfully)
            {
                return FinishAsync(sending.AsTask(), writer);
            }

            // Reads the result, so that the object behind the task can be reused.
            sending.GetAwaiter().GetResult();
        }
        catch (Exception exception) when (IsOfTheConnection(exception))
        {
            owner.OnSendFailed(exception);
        }

        writer?.Return();
        if (End() is { } next)
        {
            _ = SendWaitingAsync(next);
        }

        return Taken;
    }

    private async Task<bool> FinishAsync(Task sending, Utf8Writer? writer)
    {
        await WithPatienceAsync(sending).ConfigureAwait(false);
        writer?.Return();
        if (End() is { } next)
        {
            _ = SendWaitingAsync(next);
        }

        return true;
    }

    private async Task SendWaitingAsync(Waiting first)
    {
        for (var next = first; next is not null; next = End())
        {
            await WithPatienceAsync(SendOneAsync(next)).ConfigureAwait(false);
            ArrayPool<byte>.Shared.Return(next.Buffer);
            next.Left.TrySetResult(true);
        }
    }

    private async Task SendOneAsync(Waiting next)
    {
        if (next.IsClose)
        {
            await outlet.CloseAsync().ConfigureAwait(false);
        }
        else
        {
            await outlet.SendAsync(next.Buffer.AsMemory(0, next.Count)).ConfigureAwait(false);
        }
    }

    private async Task WithPatienceAsync(Task sending)
    {
        try
        {
            await (sending.IsCompleted ? sending : sending.WaitAsync(Patience, time)).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            owner.OnSendFailed(exception);
            outlet.Abort();
        }
        catch (Exception exception) when (IsOfTheConnection(exception))
        {
            owner.OnSendFailed(exception);
            return;
        }

        // The buffer is in use until then.
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <returns><see langword="null"/> if the caller must send; otherwise the wait for its turn.</returns>
    private Task<bool>? TryBegin(ReadOnlySpan<byte> bytes, bool isClose)
    {
        lock (outlet)
        {
            if (_isClosed)
            {
                return Taken;
            }

            _isClosed = isClose;
            if (!_isSending)
            {
                _isSending = true;
                return null;
            }

            if (isClose || bytes.Length + CostOfWaiting <= MaxWaitingBytes - _waitingBytes)
            {
                var waiting = new Waiting(ArrayPool<byte>.Shared.Rent(bytes.Length), bytes.Length, isClose);
                bytes.CopyTo(waiting.Buffer);
                _waitingBytes += bytes.Length + CostOfWaiting;
                (_waiting ??= new Queue<Waiting>()).Enqueue(waiting);
                return waiting.Left.Task;
            }

            _isClosed = true;
        }

        owner.OnSendFailed(new InvalidOperationException(
            $"The client takes too little: more than {MaxWaitingBytes} bytes wait for it. The connection is closed."));
        outlet.Abort();
        return Taken;
    }

    private Waiting? End()
    {
        lock (outlet)
        {
            if (_waiting is { Count: > 0 })
            {
                var next = _waiting.Dequeue();
                _waitingBytes -= next.Count + CostOfWaiting;
                return next;
            }

            _waiting = null;
            _isSending = false;
            return null;
        }
    }

    private static bool IsOfTheConnection(Exception exception) =>
        exception is WebSocketException or InvalidOperationException or OperationCanceledException or IOException;

    private sealed record Waiting(byte[] Buffer, int Count, bool IsClose)
    {
        public TaskCompletionSource<bool> Left { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
