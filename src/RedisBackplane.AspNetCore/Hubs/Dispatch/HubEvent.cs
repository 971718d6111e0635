using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// An event of one connection (it has connected, reconnected or disconnected), of which all its hubs are notified.
/// SignalR's dispatcher does the same on the thread pool.
/// </summary>
internal sealed class HubEvent(HubCalls calls, IConnection connection, IRequest request, string connectionId)
{
    /// <summary>Notifies all hubs at the same time.</summary>
    /// <exception cref="Exception">The exception of the first hub that failed, when all hubs are done.</exception>
    public async Task RaiseAsync(
        ConnectedHub[] connected, Func<IHubPipelineInvoker, IHub, Task> raise, TraceSource trace, ILogger logger)
    {
        var scopes = new HubScopes();
        var hubs = new List<IHub>(connected.Length);
        try
        {
            foreach (var hub in connected)
            {
                if (TryMake(hub, scopes, trace) is { } made)
                {
                    hubs.Add(made);
                }
            }

            var told = new Task[hubs.Count];
            for (var i = 0; i < told.Length; i++)
            {
                told[i] = raise(calls.Pipeline, hubs[i]) ?? Task.CompletedTask;
            }

            await Task.WhenAll(told).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var failed in told.Where(static task => task.IsFaulted))
            {
                trace.TraceEvent(TraceEventType.Warning, 0, "Exception thrown by Task: {0}", failed.Exception);
            }

            if (Array.Find(told, static task => task.IsFaulted) is { Exception.InnerException: { } exception })
            {
                ExceptionDispatchInfo.Throw(exception);
            }

            await Task.WhenAll(told).ConfigureAwait(false);
        }
        finally
        {
            foreach (var hub in hubs)
            {
                hub.Dispose();
            }

            await scopes.EndAsync(logger).ConfigureAwait(false);
        }
    }

    // A hub that cannot be created is not notified. The others are.
    private IHub? TryMake(ConnectedHub hub, HubScopes scopes, TraceSource trace)
    {
        try
        {
            return scopes.Make(
                calls.Activator,
                hub.Descriptor,
                new HubCallerContext(request, connectionId),
                new CallerClients(new EventCaller(hub.Descriptor.Name), calls.Pipeline, connection, connectionId),
                new GroupManager(connection, hub.GroupKeyPrefix));
        }
#pragma warning disable CA1031 // Whatever the constructor of a hub throws.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            trace.TraceInformation("Error creating Hub {0}. {1}", hub.Descriptor.Name, exception.Message);
            return null;
        }
    }
}
