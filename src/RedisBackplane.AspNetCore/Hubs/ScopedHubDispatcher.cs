using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>SignalR's dispatcher, with a service scope for every hub that it makes.</summary>
internal sealed class ScopedHubDispatcher(HubConfiguration configuration, ILogger<ScopedHubDispatcher> logger)
    : HubDispatcher(configuration)
{
    private readonly bool _detailedErrors = configuration.EnableDetailedErrors;
    private IHubRequestParser? _requests;

    public override void Initialize(IDependencyResolver resolver)
    {
        base.Initialize(resolver);
        _requests = resolver.Resolve<IHubRequestParser>();
    }

    protected override Task OnConnected(IRequest request, string connectionId) =>
        HubScopes.RunAsync(() => base.OnConnected(request, connectionId), logger);

    protected override Task OnReconnected(IRequest request, string connectionId) =>
        HubScopes.RunAsync(() => base.OnReconnected(request, connectionId), logger);

    protected override async Task OnReceived(IRequest request, string connectionId, string data)
    {
        try
        {
            await HubScopes.RunAsync(() => base.OnReceived(request, connectionId, data), logger).ConfigureAwait(false);
            await ProgressOverStreams.SendHeldAsync(request, Connection, connectionId).ConfigureAwait(false);
        }
        catch (HubCreationException exception)
        {
            // SignalR would leave the call without an answer.
            await AnswerAsync(data, exception).ConfigureAwait(false);
        }
    }

    protected override Task OnDisconnected(IRequest request, string connectionId, bool stopCalled) =>
        HubScopes.RunAsync(() => base.OnDisconnected(request, connectionId, stopCalled), logger);

    private Task AnswerAsync(string data, HubCreationException exception)
    {
        var call = _requests!.Parse(data, JsonSerializer);
        Count(Counters.ErrorsHubInvocationTotal, Counters.ErrorsHubInvocationPerSec, Counters.ErrorsAllTotal, Counters.ErrorsAllPerSec);
        return Transport.Send(new HubResponse
        {
            Id = call.Id,
            Error = _detailedErrors ? exception.Message : $"There was an error invoking Hub method '{call.Hub}.{call.Method}'.",
        });
    }

    private static void Count(params ReadOnlySpan<IPerformanceCounter> counters)
    {
        foreach (var counter in counters)
        {
            counter.Increment();
        }
    }
}
