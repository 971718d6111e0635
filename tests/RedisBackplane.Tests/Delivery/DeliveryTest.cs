namespace RedisBackplane.Tests.Delivery;

/// <summary>Tests of the delivery rooms. Most of them need one server with one stream, which has started.</summary>
public abstract class DeliveryTest : IDisposable
{
    private DeliveryHarness? _harness;

    // Made by the test: before it, the framework sets a context of its own.
    private protected DeliveryHarness Harness => _harness ??= new DeliveryHarness();

    public void Dispose()
    {
        _harness?.Dispose();
        GC.SuppressFinalize(this);
    }
}
