namespace RedisBackplane.Tests.Receiving;

/// <summary>The previous subscription may still deliver. Both payloads of a frame must be from one of them.</summary>
public sealed class SubscriptionsApartTests : ReceiverTest
{
    private protected override bool HasHistory => false;

    [Fact]
    public async Task Live_PayloadsOfTwoSubscriptionsInTurn_EachCompletesItsOwnFrame()
    {
        await Settle(subscriptions: 1);
        await Settle(subscriptions: 2);
        var (first, second) = (Frames.Apart(0, 1), Frames.Apart(1, 2));

        Subscriptions[0](first.Head);
        Subscriptions[1](second.Head);
        Subscriptions[0](first.Body);
        Subscriptions[1](second.Body);

        Assert.Equal([1ul, 2ul], Delivered);
        Assert.Equal(0, Counters.Malformed.Value);
    }

    private async Task Settle(int subscriptions)
    {
        Receiver.OnConnectionChanged();
        await Eventually.BecomesTrueAsync(() => Subscriptions.Count == subscriptions && Receiver.IsSettled, "it is subscribed");
    }
}
