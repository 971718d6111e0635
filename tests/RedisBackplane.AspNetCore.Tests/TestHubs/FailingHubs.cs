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

/// <summary>A hub that cannot be created.</summary>
public sealed class UnmakeableHub : Hub
{
    public UnmakeableHub() => throw new InvalidOperationException("not made");
}
