using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// An event of one connection (it has connected, reconnected or disconnected), of which all its hubs are notified.
/// In SignalR's dispatcher, the end of the event takes a detour over the thread pool.
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
                told[i] = Tell(hubs[i], raise);
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
                HubScopes.Dispose(hub, logger);
            }

            await scopes.EndAsync(logger).ConfigureAwait(false);
        }
    }

    // If one fails at once, those that were notified before may still use their scopes.
    private Task Tell(IHub hub, Func<IHubPipelineInvoker, IHub, Task> raise)
    {
        try
        {
            return raise(calls.Pipeline, hub) ?? Task.CompletedTask;
        }
#pragma warning disable CA1031 // It is thrown when all hubs are done.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Task.FromException(exception);
        }
    }

    // A hub that cannot be created is not notified. The others are.
    private IHub? TryMake(ConnectedHub hub, HubScopes scopes, TraceSource trace)
    {
        try
        {
            var caller = new EventCaller(hub.Descriptor.Name);
            return calls.Make(scopes, hub.Descriptor, hub.GroupKeyPrefix, caller, request, connection, connectionId);
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
