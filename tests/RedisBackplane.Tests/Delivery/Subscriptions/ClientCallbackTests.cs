namespace RedisBackplane.Tests.Delivery.Subscriptions;

public sealed class ClientCallbackTests
{
    private static readonly MessageResult Nothing = new(terminal: false);

    [Fact]
    public void IsPending_ClientTakesAtOnce_IsFalse()
    {
        var callback = new ClientCallback((_, _) => Task.FromResult(true), this);
        Assert.False(callback.IsPending);

        _ = callback.Invoke(Nothing);

        Assert.False(callback.IsPending);
    }

    [Fact]
    public void IsPending_UntilTheClientHasTaken_IsTrue()
    {
        var taken = new TaskCompletionSource<bool>();
        var callback = new ClientCallback((_, _) => taken.Task, this);

        var task = callback.Invoke(Nothing);
        Assert.True(callback.IsPending);
        taken.SetResult(true);

        Assert.False(callback.IsPending);
        Assert.Same(taken.Task, task);
    }
}
