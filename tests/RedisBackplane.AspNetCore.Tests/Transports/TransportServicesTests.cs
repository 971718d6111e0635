using Microsoft.AspNet.SignalR.Transports;
using RedisBackplane.AspNetCore.Transports;
using RedisBackplane.AspNetCore.Transports.Heartbeat;

namespace RedisBackplane.AspNetCore.Tests.Transports;

public sealed class TransportServicesTests
{
    [Theory]
    [InlineData(false, typeof(ConnectionHeartbeat))]
    [InlineData(true, typeof(TransportHeartbeat))]
    public void Register_ByTheSetting_ChoosesTheHeartbeat(bool isStock, Type expected)
    {
        using var resolver = new DefaultDependencyResolver();

        TransportServices.Register(resolver, isStock);

        var heartbeat = resolver.Resolve<ITransportHeartbeat>();
        Assert.IsType(expected, heartbeat);
        Assert.Same(heartbeat, resolver.Resolve<ITransportHeartbeat>());
    }

    /// <summary>The application lists the connections with it.</summary>
    [Fact]
    public void Register_AfterTheApplicationTookSignalRsHeartbeat_KeepsIt()
    {
        using var resolver = new DefaultDependencyResolver();
        var taken = resolver.Resolve<ITransportHeartbeat>();

        TransportServices.Register(resolver, isStock: false);

        Assert.Same(taken, resolver.Resolve<ITransportHeartbeat>());
    }

    [Fact]
    public void Register_IfTheApplicationReplacedTheHeartbeat_KeepsTheApplications()
    {
        using var resolver = new DefaultDependencyResolver();
        var own = new ApplicationHeartbeat();
        resolver.Register(typeof(ITransportHeartbeat), () => own);

        TransportServices.Register(resolver, isStock: false);

        Assert.Same(own, resolver.Resolve<ITransportHeartbeat>());
    }

    private sealed class ApplicationHeartbeat : ITransportHeartbeat
    {
        public ITrackingConnection? AddOrUpdateConnection(ITrackingConnection connection) => null;

        public void MarkConnection(ITrackingConnection connection)
        {
        }

        public void RemoveConnection(ITrackingConnection connection)
        {
        }

        public IList<ITrackingConnection> GetConnections() => [];
    }
}
