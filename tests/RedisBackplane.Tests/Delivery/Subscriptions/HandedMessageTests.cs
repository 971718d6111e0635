namespace RedisBackplane.Tests.Delivery.Subscriptions;

/// <summary>Messages that reach a subscription of this server without a stream.</summary>
public sealed class HandedMessageTests : IDisposable
{
    private readonly DeliveryHarness _harness = new();
    private readonly List<Message> _givenBack = [];
    private readonly TestClient _client;
    private readonly Message _message;

    public HandedMessageTests()
    {
        _harness.Delivery.GivenBack += _givenBack.Add;
        _client = _harness.Connect(null, "key");
        _message = new Message(_client.Identity, "key", "start");
    }

    public void Dispose() => _harness.Dispose();

    [Fact]
    public void TryHandOver_SubscriptionOfTheSource_DeliversOnce()
    {
        Assert.True(_harness.Delivery.TryHandOver(_message));
        _harness.Pool.RunAll();
        _harness.Unsubscribe(_client);

        Assert.Equal(1, _client.Batches - 1);
        Assert.Empty(_givenBack);
    }

    [Fact]
    public void TryHandOver_SubscriptionOfAnotherSource_IsRefused() =>
        Assert.False(_harness.Delivery.TryHandOver(new Message("another", "key", "start")));

    // A long polling client has taken another message, and its request has ended.
    [Fact]
    public void TryHandOver_SubscriptionEndsBefore_GivesTheMessageBack()
    {
        Assert.True(_harness.Delivery.TryHandOver(_message));
        _harness.Unsubscribe(_client);
        _harness.Pool.RunAll();

        Assert.Same(_message, Assert.Single(_givenBack));
    }

    [Fact]
    public void TryHandOver_SubscriptionHasEnded_IsRefused()
    {
        _harness.Unsubscribe(_client);

        Assert.False(_harness.Delivery.TryHandOver(_message));
        Assert.Empty(_givenBack);
    }
}
