using System.Security.Claims;
using Microsoft.AspNet.SignalR.Client;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Transports;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace RedisBackplane.AspNetCore.Tests.Hosting;

/// <summary>A web application on a free loopback port: classic SignalR at /signalr, and a test's additions.</summary>
internal sealed class SignalRHost : IAsyncDisposable
{
    /// <summary>The request header or query parameter with the user's name; roles follow after a slash.</summary>
    public const string UserParameter = "test-user";

    // Every host then has SignalR's dispatcher and transports, unless a test says otherwise.
    private static readonly bool HasStockParts = Environment.GetEnvironmentVariable("REDIS_BACKPLANE_TEST_STOCK_PARTS") == "1";

    private SignalRHost(WebApplication application)
    {
        Application = application;
        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Address = new Uri(address);
        Client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };
    }

    public WebApplication Application { get; }

    public IServiceProvider Services => Application.Services;

    public IDependencyResolver Resolver => Services.GetRequiredService<IDependencyResolver>();

    public IConnectionManager Contexts => Services.GetRequiredService<IConnectionManager>();

    public IEnumerable<Type> HubTypes => Resolver.Resolve<IHubManager>().GetHubs(null).Select(hub => hub.HubType);

    public Journal Journal => Services.GetRequiredService<Journal>();

    public Uri Address { get; }

    public HttpClient Client { get; }

    public static async Task<SignalRHost> StartAsync(
        Action<ClassicSignalROptions>? options = null,
        Action<IServiceCollection>? services = null,
        Action<WebApplication>? map = null,
        string environment = "Development")
    {
        var application = Build(options, services, map, environment);
        await application.StartAsync();
        return new SignalRHost(application);
    }

    /// <summary>Starts a server of a farm. All of them share the keys of their tokens.</summary>
    public static Task<SignalRHost> StartOnRedisAsync(
        string redis, string appName, IDataProtectionProvider? keys = null, Action<ClassicSignalROptions>? options = null) => StartAsync(
            options,
            services =>
            {
                services.AddSingleton(keys ?? new EphemeralDataProtectionProvider());
                services.AddClassicSignalR().AddRedisBackplane(own => (own.ConnectionString, own.AppName) = (redis, appName));
            });

    public static WebApplication Build(
        Action<ClassicSignalROptions>? options = null,
        Action<IServiceCollection>? services = null,
        Action<WebApplication>? map = null,
        string environment = "Development")
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddClassicSignalR(own =>
        {
            // The client gives up a connection attempt after the server's time, and not before the tests do.
            own.TransportConnectTimeout = Wait.Limit;
            // There is one in the process: tests that use it say so.
            own.UseGlobalHost = false;
            own.UseStockHubDispatcher = own.UseStockTransports = HasStockParts;
            options?.Invoke(own);
        });
        // Keys that are not written to the disk.
        builder.Services.AddSingleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider());
        builder.Services.AddSingleton<Journal>();
        services?.Invoke(builder.Services);

        var application = builder.Build();
        application.Use(async (context, next) =>
        {
            var journal = context.RequestServices.GetRequiredService<Journal>();
            journal.Write($"begun {Path.GetFileName(context.Request.Path)}", context.TraceIdentifier);
            try
            {
                await next(context);
            }
            finally
            {
                journal.Write("ended", context.Request.Path);
            }
        });
        application.Use((context, next) =>
        {
            string? user = context.Request.Headers[UserParameter];
            user ??= context.Request.Query[UserParameter];
            if (user is not null)
            {
                context.User = PrincipalOf(user);
            }

            return next(context);
        });
        try
        {
            (map ?? (app => app.MapClassicSignalR()))(application);
            return application;
        }
        catch
        {
            ((IDisposable)application).Dispose();
            throw;
        }
    }

    /// <summary>A client of the hubs that is not yet started.</summary>
    public HubConnection Connect(string? user = null, string path = "/signalr")
    {
        var connection = new HubConnection(new Uri(Address, path).ToString(), useDefaultUrl: false);
        if (user is not null)
        {
            connection.Headers.Add(UserParameter, user);
        }

        return connection;
    }

    /// <summary>
    /// Waits until a request of a connection is open. A long-polling client that stops between two polls is noticed by
    /// nobody: SignalR informs the connection, which would learn of it with its next poll.
    /// </summary>
    public Task ListensAsync(string connectionId)
    {
        var heartbeat = Resolver.Resolve<ITransportHeartbeat>();
        return Eventually.BecomesTrueAsync(
            () => heartbeat.GetConnections().Any(connection => connection.ConnectionId == connectionId && connection.IsAlive),
            "the connection has a request open",
            Wait.Limit);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Application.StopAsync();
        await Application.DisposeAsync();
    }

    private static ClaimsPrincipal PrincipalOf(string user)
    {
        var parts = user.Split('/');
        var roles = parts.Skip(1).Select(role => new Claim(ClaimTypes.Role, role));
        return new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, parts[0]), .. roles], "Test"));
    }
}
