using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>
/// The service scopes of the hubs of one event. They end when the event is over and its hubs are disposed.
/// </summary>
internal sealed class HubScopes
{
    // SignalR creates the hubs of an event before it first awaits anything, so always on this thread.
    [ThreadStatic]
    private static HubScopes? s_current;

    // Hubs are disposed before their scopes, because a hub may use a service when it is disposed.
    private List<IAsyncDisposable>? _hubs;

    // Most events have one hub.
    private AsyncServiceScope? _scope;
    private List<AsyncServiceScope>? _moreScopes;

    public static HubScopes? Current => s_current;

    /// <summary>Runs an event of a connection. Its hubs get scopes, which are disposed when its task ends.</summary>
    public static async Task RunAsync(Func<Task> raise, ILogger logger)
    {
        var scopes = new HubScopes();
        try
        {
            await scopes.Within(static raise => raise(), raise).ConfigureAwait(false);
        }
        finally
        {
            await scopes.EndAsync(logger).ConfigureAwait(false);
        }
    }

    public IServiceProvider Add(IServiceScopeFactory factory)
    {
        var scope = factory.CreateAsyncScope();
        if (_scope is null)
        {
            _scope = scope;
        }
        else
        {
            (_moreScopes ??= []).Add(scope);
        }

        return scope.ServiceProvider;
    }

    /// <summary>
    /// Registers a hub that no container disposes. SignalR itself calls only <see cref="IDisposable.Dispose"/>.
    /// </summary>
    public void Add(IHub hub)
    {
        if (hub is IAsyncDisposable disposable)
        {
            (_hubs ??= []).Add(disposable);
        }
    }

    /// <summary>Disposes a hub. If that fails, its answer is still sent, and others are disposed.</summary>
    public static void Dispose(IHub hub, ILogger logger)
    {
        try
        {
            hub.Dispose();
        }
#pragma warning disable CA1031 // A fault of the application, which is logged.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.DisposalFailed(logger, exception);
        }
    }

    /// <summary>Creates a hub of this event.</summary>
    public IHub Make(IHubActivator activator, HubDescriptor descriptor) =>
        Within(static hub => hub.Activator.Create(hub.Descriptor), (Activator: activator, Descriptor: descriptor));

    /// <summary>Disposes the hubs that no container disposes, and then the scopes.</summary>
    public async ValueTask EndAsync(ILogger logger)
    {
        if (_hubs is not null)
        {
            foreach (var hub in _hubs)
            {
                await DisposeAsync(hub, logger).ConfigureAwait(false);
            }
        }

        if (_scope is { } scope)
        {
            await DisposeAsync(scope, logger).ConfigureAwait(false);
        }

        if (_moreScopes is not null)
        {
            foreach (var more in _moreScopes)
            {
                await DisposeAsync(more, logger).ConfigureAwait(false);
            }
        }
    }

    private static async ValueTask DisposeAsync<T>(T disposable, ILogger logger)
        where T : IAsyncDisposable
    {
        try
        {
            await disposable.DisposeAsync().ConfigureAwait(false);
        }
// A service whose disposal fails is a fault of the application. The event is over, and the other services must be
// disposed.
#pragma warning disable CA1031
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.DisposalFailed(logger, exception);
        }
    }

    private T Within<TState, T>(Func<TState, T> work, TState state)
    {
        var outer = s_current;
        s_current = this;
        try
        {
            return work(state);
        }
        finally
        {
            s_current = outer;
        }
    }
}
