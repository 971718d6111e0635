namespace RedisBackplane.AspNetCore.Transports;

/// <summary>
/// How a connection ends: somebody asks for it (the client, the heartbeat, the host), its subscription is disposed, the
/// subscription says that it was the last, and the request may go. Thread-safe.
/// </summary>
internal sealed class ConnectionLife(ClientTransport transport)
{
    /// <summary>How long a message that is under way may delay the end.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private IDisposable? _subscription;
    private bool _isEnding;

    /// <summary>Ends when the client is connected, or failed to.</summary>
    public Task Connected => _connected.Task;

    /// <summary>Ends with the connection.</summary>
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
            // Somebody may ask, but need not.
            _ = _connected.Task.Exception;
        }
    }

    /// <summary>The subscription that ends with the connection; at once if that has ended.</summary>
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

    /// <summary>The last message has come.</summary>
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
    /// Disposes the subscription on a thread of its own: it waits for the message that is under way, with the processor
    /// at full speed, so that a client which does not take it is cut off before.
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
