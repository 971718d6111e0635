using System.Buffers;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>Receives the failure of a <see cref="ClientSender"/>.</summary>
internal interface ISenderOwner
{
    /// <summary>A message was not sent. The connection was cut, and nothing follows. Called once.</summary>
    void OnSendFailed(Exception exception);
}

/// <summary>
/// Sends the messages of one connection in order, one at a time. Messages that arrive during a send wait, up to a bound
/// in bytes. If a message cannot be sent, or the client does not take it, or a piece of a large one, in time, the
/// connection is cut and nothing follows; the client then reconnects and resumes at its cursor. No thread waits.
/// Thread-safe.
/// </summary>
/// <param name="owner">Receives the failure that ended the connection.</param>
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

    /// <summary>
    /// A larger message is sent in pieces of this size. A limit for the whole message would cut off a slow link at each
    /// attempt, because the client receives the same message when it comes back. And what the server copies for its
    /// socket is one piece, not the message. A piece and the header of its frame fit into a buffer of 64 KiB.
    /// </summary>
    public const int PieceSize = (64 * 1024) - 64;

    // The rate that is expected of a client that takes a large message in one piece.
    private const int BytesPerSecond = 32 * 1024;

    /// <summary>How long a client may take for one piece.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly Task<bool> Taken = Task.FromResult(true);

    private Queue<Waiting>? _waiting;
    private int _waitingBytes;
    private bool _isSending;
    private bool _isClosed;
    private Exception? _failure;

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
    /// <returns>Completes when the message was sent, or will never be sent.</returns>
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
    /// <returns>Completes when the message was sent, or will never be sent.</returns>
    public Task<bool> SendAsync(ReadOnlyMemory<byte> bytes) =>
        TryBegin(bytes.Span, isClose: false) ?? SendFirst(bytes, writer: null);

    public void Abort() => outlet.Abort();

    /// <summary>Closes the connection when everything was sent.</summary>
    public Task CloseAsync() => TryBegin([], isClose: true) ?? FinishAsync(CloseOutletAsync(), writer: null);

    /// <summary>How long a client may take for bytes that are sent as one piece.</summary>
    public static TimeSpan PatienceFor(int bytes) =>
        bytes > PieceSize ? Patience + TimeSpan.FromSeconds(bytes / BytesPerSecond) : Patience;

    private Task<bool> SendFirst(ReadOnlyMemory<byte> bytes, Utf8Writer? writer)
    {
        if (bytes.Length > PieceSize)
        {
            return FinishAsync(SendPiecesAsync(bytes), writer);
        }

        ValueTask sending;
        try
        {
            sending = outlet.SendAsync(bytes, isEnd: true);
            if (!sending.IsCompletedSuccessfully)
            {
                return FinishAsync(WithPatienceAsync(sending.AsTask(), Patience), writer);
            }

            // Reads the result, so that the object behind the task can be reused.
            sending.GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            return FinishAsync(WithPatienceAsync(Task.FromException(exception), Patience), writer);
        }

        writer?.Return();
        SendNext();
        return Taken;
    }

    private async Task<bool> FinishAsync(Task sending, Utf8Writer? writer)
    {
        await sending.ConfigureAwait(false);
        writer?.Return();
        SendNext();
        return true;
    }

    private void SendNext()
    {
        if (End() is { } next)
        {
            _ = SendWaitingAsync(next);
        }
    }

    private async Task SendWaitingAsync(Waiting first)
    {
        for (var next = first; next is not null; next = End())
        {
            await (next.IsClose ? CloseOutletAsync() : SendPiecesAsync(next.Buffer.AsMemory(0, next.Count))).ConfigureAwait(false);
            next.Leave();
        }
    }

    private async Task SendPiecesAsync(ReadOnlyMemory<byte> rest)
    {
        bool isTaken;
        do
        {
            var piece = outlet.TakesPieces && rest.Length > PieceSize ? rest[..PieceSize] : rest;
            rest = rest[piece.Length..];
            isTaken = await WithPatienceAsync(SendPieceAsync(piece, isEnd: rest.IsEmpty), PatienceFor(piece.Length))
                .ConfigureAwait(false);
        }
        while (isTaken && !rest.IsEmpty);
    }

    // Asynchronous, so that an outlet that throws at once makes a failed task.
    private async Task SendPieceAsync(ReadOnlyMemory<byte> piece, bool isEnd) =>
        await outlet.SendAsync(piece, isEnd).ConfigureAwait(false);

    private Task<bool> CloseOutletAsync()
    {
        return WithPatienceAsync(CloseAsync(), Patience);

        async Task CloseAsync() => await outlet.CloseAsync().ConfigureAwait(false);
    }

    /// <returns>Whether the client has taken it. Completes when the outlet no longer uses the bytes.</returns>
    private async Task<bool> WithPatienceAsync(Task sending, TimeSpan patience)
    {
        try
        {
            await (sending.IsCompleted ? sending : sending.WaitAsync(patience, time)).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception)
        {
            Cut(exception);
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return false;
        }
    }

    // The outlet may still work, for example after a middleware's stream has failed.
    private void Cut(Exception exception)
    {
        lock (outlet)
        {
            Fail(exception);
        }

        outlet.Abort();
    }

    // The client must not see a later message: its cursor would be past the one that was not sent.
    private void Fail(Exception exception)
    {
        _isClosed = true;
        _failure ??= exception;
    }

    /// <returns><see langword="null"/> if the caller must send; otherwise the wait for its turn.</returns>
    private Task<bool>? TryBegin(ReadOnlySpan<byte> bytes, bool isClose)
    {
        lock (outlet)
        {
            if (!_isSending)
            {
                if (_isClosed)
                {
                    return Taken;
                }

                _isClosed = isClose;
                _isSending = true;
                return null;
            }

            if (_isClosed && !isClose)
            {
                return Taken;
            }

            if (isClose || bytes.Length + CostOfWaiting <= MaxWaitingBytes - _waitingBytes)
            {
                _isClosed |= isClose;
                var waiting = new Waiting(ArrayPool<byte>.Shared.Rent(bytes.Length), bytes.Length, isClose);
                bytes.CopyTo(waiting.Buffer);
                _waitingBytes += bytes.Length + CostOfWaiting;
                (_waiting ??= new Queue<Waiting>()).Enqueue(waiting);
                return waiting.Left;
            }

            Fail(new InvalidOperationException(
                $"The client takes too little: more than {MaxWaitingBytes} bytes wait for it. The connection is closed."));
        }

        outlet.Abort();
        return Taken;
    }

    /// <summary>A message was sent, or failed.</summary>
    /// <returns>The message to send next.</returns>
    private Waiting? End()
    {
        Queue<Waiting>? unsent;
        Exception? failure;
        lock (outlet)
        {
            if (_failure is null && _waiting is { Count: > 0 })
            {
                var next = _waiting.Dequeue();
                _waitingBytes -= next.Count + CostOfWaiting;
                return next;
            }

            (unsent, _waiting) = (_waiting, null);
            failure = _failure;
            _isSending = false;
        }

        if (failure is not null)
        {
            foreach (var message in unsent ?? [])
            {
                message.Leave();
            }

            // Last, because a trace listener of the application may throw.
            owner.OnSendFailed(failure);
        }

        return null;
    }

    private sealed record Waiting(byte[] Buffer, int Count, bool IsClose)
    {
        private readonly TaskCompletionSource<bool> _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Completes when the message was sent, or will never be sent.</summary>
        public Task<bool> Left => _left.Task;

        public void Leave()
        {
            ArrayPool<byte>.Shared.Return(Buffer);
            _left.TrySetResult(true);
        }
    }
}
