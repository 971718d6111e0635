namespace RedisBackplane.AspNetCore.Tests.Hosting;

/// <summary>As applications write it over Ninject, Autofac or Unity: their container first, then SignalR's.</summary>
internal sealed class ContainerResolver : DefaultDependencyResolver
{
    private readonly Dictionary<Type, Func<object>> _container = new()
    {
        [typeof(TickerHub)] = () => new TickerHub(Ticker.Named("container")),
    };

    public bool IsDisposed { get; private set; }

    public override object? GetService(Type serviceType) =>
        _container.TryGetValue(serviceType, out var make) ? make() : base.GetService(serviceType);

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
