using Microsoft.AspNet.SignalR;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using RedisBackplane.AspNetCore.Services;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>Makes the persistent connections that serve requests.</summary>
internal static class ConnectionFactory
{
    public static Func<HttpContext, PersistentConnection> For<TConnection>(ServiceResolver resolver)
        where TConnection : PersistentConnection
    {
        var make = ActivatorUtilities.CreateFactory<TConnection>(Type.EmptyTypes);
        return context =>
            (TConnection?)resolver.GetRegistered(typeof(TConnection))
            ?? context.RequestServices.GetService<TConnection>()
            ?? make(context.RequestServices, null);
    }
}
