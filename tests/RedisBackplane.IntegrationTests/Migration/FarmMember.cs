using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Tracing;
using Newtonsoft.Json;

namespace RedisBackplane.IntegrationTests.Migration;

/// <summary>One server, of either package, of a farm that is being moved.</summary>
internal sealed class FarmMember : IDisposable
{
    private readonly TestServer? _server;
    private readonly DefaultDependencyResolver _resolver;
    private readonly AckHandler _acks = new();
    private readonly TestSubscriber? _ackSubscriber;

    private FarmMember(DefaultDependencyResolver resolver, IMessageBus bus, TestServer? server)
    {
        _resolver = resolver;
        _server = server;
        Bus = bus;
        _ackSubscriber = new TestSubscriber(bus, null, ["__SIGNALR__SERVER__"])
        {
            OnMessage = message => _acks.TriggerAck(message.CommandId),
        };
    }

    public IMessageBus Bus { get; }

    public string Source { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The server, if it is one of this library.</summary>
    public TestServer Server => _server!;

    public OlderPackageBus OlderBus => (OlderPackageBus)Bus;

    public static async Task<FarmMember> OlderAsync(string connectionString, string appName, int database = 0)
    {
        var resolver = new DefaultDependencyResolver();
        var bus = new OlderPackageBus(resolver, appName, database);
        await bus.ConnectAsync(connectionString);
        return new FarmMember(resolver, bus, null);
    }

    public static async Task<FarmMember> OursAsync(string connectionString, string appName, WireFormat format, int database = 0)
    {
        var server = await TestServer.StartAsync(
            connectionString, appName, options => (options.WireFormat, options.Database) = (format, database));
        return new FarmMember(server.Resolver, server.Bus, server);
    }

    public Task PublishAsync(string key, string value) => Bus.Publish(new Message(Source, key, value));

    public TestSubscriber Subscribe(string? cursor, params string[] keys) => new(Bus, cursor, keys);

    /// <summary>A client's connection in SignalR. A server also changes groups with it.</summary>
    public Connection Connect(string id) => new(
        Bus,
        _resolver.Resolve<JsonSerializer>(),
        "pc-test",
        id,
        ["pc-test", "c-" + id],
        [],
        _resolver.Resolve<ITraceManager>(),
        _acks,
        _resolver.Resolve<IPerformanceCounterManager>(),
        new PlainText(),
        _resolver.Resolve<IMemoryPool>());

    public void Dispose()
    {
        _ackSubscriber?.Dispose();
        _acks.Dispose();
        _server?.Dispose();
        _resolver.Dispose();
        (Bus as IDisposable)?.Dispose();
    }

    private sealed class PlainText : IProtectedData
    {
        public string Protect(string data, string purpose) => data;

        public string Unprotect(string protectedValue, string purpose) => protectedValue;
    }
}
