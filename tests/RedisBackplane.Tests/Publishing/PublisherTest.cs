namespace RedisBackplane.Tests.Publishing;

/// <summary>Tests of a publisher. Most of them need one that is open and has the usual limits.</summary>
public abstract class PublisherTest : IDisposable
{
    private protected PublisherHarness Harness { get; } = new();

    public void Dispose()
    {
        Harness.Dispose();
        GC.SuppressFinalize(this);
    }
}
