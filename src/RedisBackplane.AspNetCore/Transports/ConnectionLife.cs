namespace RedisBackplane.AspNetCore.Transports;

/// <summary>
/// Ends a connection: something requests it (the client, the heartbeat, the host), the subscription is disposed, the
/// subscription reports that it was the last message, and the request may end. Thread-safe.
/// </summary>
internal sealed class ConnectionLife(ClientTransport transport)
{
    /// <summary>How long a message that is being sent may delay the end.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private IDisposable? _subscription;
    private bool _isEnding;

    /// <summary>Completes when the client is connected, or failed to connect.</summary>
    public Task Connected => _connected.Task;

    /// <summary>Completes when the connection ends.</summary>
    public Task Ended => _ended.Task;

    public void SetConnected(Exception? error)
    {
        if (error is null)
        {
            _connected.TrySetResult();
        }
        else
        {
            _connected.TrySetException(error);
            // Marks the exception as observed.
            _ = _connected.Task.Exception;
        }
    }

    /// <summary>
    /// Sets the subscription that ends with the connection. If the connection has ended, the subscription ends at once.
    /// </summary>
    public void Follow(IDisposable subscription)
    {
        lock (_gate)
        {
            _subscription = subscription;
            if (!_isEnding)
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
        lock (_gate)
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

    /// <summary>The last message has arrived.</summary>
    public void Complete()
    {
        _ended.TrySetResult();
        transport.End();
    }

    public void Fail(Exception error)
    {
        _ended.TrySetException(error);
        _ = _ended.Task.Exception;
        transport.End();
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

        if (transport.IsSending)
        {
            transport.Cut();
        }

        subscription.Dispose();
    }
}
