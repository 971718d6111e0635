namespace RedisBackplane.AspNetCore.Tests.TestHubs;

/// <summary>A hub that fails as soon as somebody connects.</summary>
public sealed class FailingHub : Hub
{
    public override Task OnConnected() => throw new InvalidOperationException("failed");
}

/// <summary>A hub that fails a moment after somebody connects.</summary>
public sealed class LateFailingHub : Hub
{
    public override async Task OnConnected()
    {
        await Task.Yield();
        throw new InvalidOperationException("failed later");
    }
}

/// <summary>A hub that fails with a cancellation when somebody connects.</summary>
public sealed class CancelledHub : Hub
{
    public override Task OnConnected() => Task.FromCanceled(new CancellationToken(true));
}

/// <summary>A hub that is busy with its service when a client leaves.</summary>
public sealed class BusyHub(ScopedService service, Journal journal) : Hub
{
    public override async Task OnDisconnected(bool stopCalled)
    {
        journal.Write("busy", "begun");
        await journal.NextAsync("may end");
        journal.Write("busy", service.IsDisposed ? "its service is gone" : "ended");
    }
}

/// <summary>A hub that fails at once when a client leaves, and when it is disposed.</summary>
public sealed class CrashingHub(ScopedService service) : Hub
{
    public string Echo(string text) => text;

    public override Task OnDisconnected(bool stopCalled) => throw new InvalidOperationException($"failed with {service.Number}");

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        throw new InvalidOperationException("not disposed");
    }
}

/// <summary>A hub that cannot be created.</summary>
public sealed class UnmakeableHub : Hub
{
    public UnmakeableHub() => throw new InvalidOperationException("not made");
}
