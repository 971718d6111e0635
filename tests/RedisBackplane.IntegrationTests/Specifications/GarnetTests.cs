#if NET

namespace RedisBackplane.IntegrationTests.Specifications;

public sealed class GarnetTests() : BackplaneSpecification(() => new GarnetTopology())
{
    // In a script, Garnet's GET does not report a key of another type.
    [Fact]
    public async Task Publish_CounterIsOfAnotherType_ContinuesWithHigherIds()
    {
        var server = await StartConnectedServerAsync();
        var subscriber = Subscribe(server);
        await server.PublishAsync(Key, "before");
        var counter = new RedisNames(AppName, 0).Counter;

        await Topology.DoEverywhereAsync($"DEL {counter}");
        await Topology.DoEverywhereAsync($"RPUSH {counter} foreign");
        await server.PublishAsync(Key, "after");
        await subscriber.WaitForAsync(2);

        Assert.Equal(["before", "after"], subscriber.Values);
        AssertIdsRise(subscriber.Received);
    }
}

public sealed class GarnetOutageTests() : OutageSpecification(() => new GarnetTopology());
#endif
