namespace RedisBackplane.AspNetCore.Transports;

/// <summary>
/// Ends a connection: something requests it (the client, the heartbeat, the host), the subscription is disposed, the
/// subscription reports that it was the last message, and the request may end. The code of a hub that the start of the
/// connection calls does not delay this: it may wait for something that only the client's next request brings.
/// Thread-safe.
/// </summary>
/// <remarks>
/// It is its own lock, which no other code takes: a Lock would be one more object for each idle connection.
/// </remarks>
internal sealed class ConnectionLife(ClientTransport transport)
{
    /// <summary>How long a message that is being sent may delay the end.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    // Null when the client is connected.
    private TaskCompletionSource? _connecting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IDisposable? _subscription;
    private bool _isEnding;
    private bool _endsItself;
    private bool _isOver;

    /// <summary>Completes when the client is connected, or failed to connect.</summary>
    public Task Connected => Volatile.Read(ref _connecting)?.Task ?? Task.CompletedTask;

    public void SetConnected(Exception? error)
    {
        if (error is null)
        {
            Interlocked.Exchange(ref _connecting, null)?.TrySetResult();
        }
        else if (_connecting is { } connecting)
        {
            connecting.TrySetException(error);
            // Marks the exception as observed.
            _ = connecting.Task.Exception;
        }
    }

    /// <summary>
    /// Sets the subscription that ends with the connection. If the connection has ended, the subscription ends at once.
    /// </summary>
    public void Follow(IDisposable subscription)
    {
        lock (this)
        {
            _subscription = subscription;
            if (!_isEnding || _endsItself)
            {
                return;
            }
        }

        _ = EndAsync(subscription);
    }

    /// <returns>Whether it had not been ended before.</returns>
    public bool TryEnd()
    {
        IDisposable? subscription;
        lock (this)
        {
            if (_isEnding)
            {
                return false;
            }

            _isEnding = true;
            subscription = _subscription;
        }

        if (subscription is not null)
        {
            _ = EndAsync(subscription);
        }

        return true;
    }

    /// <summary>
    /// The subscription ends by itself when its callback, which calls this, has returned. Until then, to dispose it
    /// would hold a thread.
    /// </summary>
    /// <returns>Whether it had not been ended before.</returns>
    public bool TryEndWithCallback()
    {
        lock (this)
        {
            var isFirst = !_isEnding;
            _isEnding = true;
            _endsItself |= isFirst;
            return isFirst;
        }
    }

    /// <summary>The last message has arrived.</summary>
    public void Complete() => SetOver(failure: null);

    public void Fail(Exception error) => SetOver(error);

    private void SetOver(Exception? failure)
    {
        bool isFirst;
        lock (this)
        {
            isFirst = !_isOver;
            _isOver = true;
        }

        transport.End();
        if (isFirst)
        {
            transport.OnOver(failure);
        }
    }

    /// <summary>
    /// Disposes the subscription on another thread. The disposal spins until the current message was delivered, so a
    /// client that does not take the message is disconnected before.
    /// </summary>
    private async Task EndAsync(IDisposable subscription)
    {
        await Task.Yield();
        for (var waited = TimeSpan.Zero; transport.IsSending && waited < Grace; waited += Grace / 20)
        {
            await Task.Delay(Grace / 20).ConfigureAwait(false);
        }

        CutIfSending();
        // A message that begins only now may not hold this thread for longer than one piece should take.
        using var limit = new Timer(_ => CutIfSending(), null, ClientSender.Patience, Timeout.InfiniteTimeSpan);
        subscription.Dispose();

        void CutIfSending()
        {
            if (transport.IsSending)
            {
                transport.Cut();
            }
        }
    }
}
