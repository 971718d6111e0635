using Microsoft.AspNet.SignalR;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using RedisBackplane.AspNetCore.Services;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>Creates the persistent connections that serve requests.</summary>
internal static class ConnectionFactory
{
    public static Func<HttpContext, PersistentConnection> For<TConnection>(IDependencyResolver resolver, IServiceProvider services)
        where TConnection : PersistentConnection
    {
        // The application may register services for its connection late, so the constructor is chosen at the first use.
        var constructors = new ConstructorChoice(services.GetRequiredService<IServiceProviderIsService>());
        var make = new Lazy<Func<IServiceProvider, object>>(() => constructors.For(typeof(TConnection)));
        return context =>
            (TConnection?)resolver.GetRegistered(typeof(TConnection))
            ?? context.RequestServices.GetService<TConnection>()
            ?? (TConnection)make.Value(context.RequestServices);
    }
}
