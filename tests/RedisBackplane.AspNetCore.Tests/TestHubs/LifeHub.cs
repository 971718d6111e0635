namespace RedisBackplane.AspNetCore.Tests.TestHubs;

/// <summary>A hub that records the life of its scoped service and its own.</summary>
public sealed class LifeHub(ScopedService service, Journal journal) : Hub
{
    public override Task OnConnected()
    {
        journal.Write("life", $"connected with {service.Number}");
        return base.OnConnected();
    }

    public async Task<int> Number()
    {
        await Task.Yield();
        return service.Number;
    }

    public int Fail() => throw new InvalidOperationException("secret");

    protected override void Dispose(bool disposing)
    {
        journal.Write("life", $"hub of {service.Number} disposed");
        base.Dispose(disposing);
    }
}

public sealed class ScopedService(Journal journal) : IAsyncDisposable
{
    public int Number { get; } = journal.NextNumber();

    public bool IsDisposed { get; private set; }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        journal.Write("life", $"service {Number} disposed");
        return ValueTask.CompletedTask;
    }
}
