using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNet.SignalR.Infrastructure;
using RedisBackplane.Tool.Farms;

namespace RedisBackplane.Tool.Sending;

/// <summary>A server of the farm that only sends: SignalR itself on a send-only bus.</summary>
internal sealed class HubSender : IDisposable
{
    private readonly DefaultDependencyResolver _resolver = new();
    private readonly FarmAddress _farm;
    private readonly TimeSpan _timeout;
    private readonly RedisMessageBus _bus;

    public HubSender(FarmAddress farm, WireFormat format, TimeSpan timeout)
    {
        _farm = farm;
        _timeout = timeout;
        var options = farm.BusOptions();
        options.WireFormat = format;
        options.SendOnly = true;
        options.PublishTimeout = timeout;
        _resolver.UseRedis(options);
        _resolver.Register(typeof(IHubDescriptorProvider), static () => new AnyHub());
        _bus = _resolver.Resolve<RedisMessageBus>();
    }

    /// <summary>The clients of a hub. The hub itself need not exist in this process.</summary>
    public IHubConnectionContext<object> ClientsOf(string hub) => _resolver.Resolve<IConnectionManager>().GetHubContext(hub).Clients;

    /// <summary>Calls a method of clients, and waits until Redis has stored the message.</summary>
    /// <exception cref="ToolException">It was not sent.</exception>
    public async Task SendAsync(IClientProxy clients, string method, object[] arguments, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_timeout);
        try
        {
            await _bus.WhenConnectedAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreached(_farm, _timeout, _bus.Status.LastError);
        }

        try
        {
            await clients.Invoke(method, arguments);
        }
        catch (BackplaneException exception)
        {
            throw new ToolException(exception.Message, ExitCodes.NotWell, exception);
        }
    }

    /// <summary>The exception if Redis was not reached in time.</summary>
    /// <param name="reason">What failed last, if that is known.</param>
    public static ToolException Unreached(FarmAddress farm, TimeSpan timeout, string? reason) => new(
        $"No connection to Redis at {farm.Servers} within {timeout.TotalSeconds} s; nothing was sent. {reason}".TrimEnd());

    public void Dispose()
    {
        _bus.Dispose();
        _resolver.Dispose();
    }

    /// <summary>
    /// SignalR checks whether the hub exists. It exists on some server of the farm, which this process cannot know.
    /// </summary>
    private sealed class AnyHub : IHubDescriptorProvider
    {
        public IList<HubDescriptor> GetHubs() => [];

        public bool TryGetHub(string hubName, out HubDescriptor descriptor)
        {
            descriptor = new HubDescriptor { Name = hubName, NameSpecified = true, HubType = typeof(Hub) };
            return true;
        }
    }
}
