using Microsoft.Extensions.DependencyInjection;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>The service scopes of the hubs that one event made; they end when the event is over and its hubs are disposed.</summary>
internal sealed class HubScopes
{
    // SignalR makes the hubs of an event before it first awaits anything: on this thread, and nowhere else.
    [ThreadStatic]
    private static HubScopes? s_current;

    private readonly List<AsyncServiceScope> _scopes = [];

    public static HubScopes? Current => s_current;

    /// <summary>Runs an event of a connection; its hubs get scopes that are disposed when its task ends.</summary>
    public static async Task RunAsync(Func<Task> raise)
    {
        var scopes = new HubScopes();
        try
        {
            await scopes.Start(raise).ConfigureAwait(false);
        }
        finally
        {
            foreach (var scope in scopes._scopes)
            {
                await scope.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    public IServiceProvider Add(IServiceScopeFactory factory)
    {
        var scope = factory.CreateAsyncScope();
        _scopes.Add(scope);
        return scope.ServiceProvider;
    }

    private Task Start(Func<Task> raise)
    {
        var outer = s_current;
        s_current = this;
        try
        {
            return raise();
        }
        finally
        {
            s_current = outer;
        }
    }
}
