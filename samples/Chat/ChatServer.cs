using Chat.Backplane;
using Chat.Presence;
using Chat.Redis;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNetCore.DataProtection;
using RedisBackplane;

namespace Chat;

/// <summary>
/// One server of the farm: an application with its own SignalR and its own connection to Redis. Several of them in one
/// process share nothing but Redis.
/// </summary>
internal sealed class ChatServer(WebApplication application, int port) : IAsyncDisposable
{
    // Connections that are still open after this time are closed, so that Ctrl-C does not wait for a browser.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(3);

    // A person whose network fails leaves the list after this time; a person who closes the window leaves at once.
    // SignalR's own 30 s are long to watch.
    private static readonly TimeSpan AwayTimeout = TimeSpan.FromSeconds(15);

    public static ChatServer Create(int port, ChatOptions options, ChosenRedis redis)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(ChatServer).Assembly.GetName().Name,
            // The page's files are next to the program, wherever it is started from.
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, $"http://{(options.Lan ? "*" : "localhost")}:{port}");
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        ConfigureLogging(builder.Logging, options.Verbose);

        builder.Services
            .AddClassicSignalR(signalR =>
            {
                signalR.HubAssemblies.Add(typeof(ChatHub).Assembly);
                signalR.DisconnectTimeout = AwayTimeout;
            })
            .AddRedisBackplane(backplane =>
            {
                backplane.AppName = options.AppName;
                backplane.ConfigurationOptions = redis.Configuration;
            });

        // The servers of a farm share the keys of their connection tokens, so that a client may reconnect to another
        // server.
        builder.Services.AddDataProtection().SetApplicationName("RedisBackplane.Chat");

        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new FarmInfo(redis.Address, options.AppName));
        builder.Services.AddSingleton(new ServerIdentity(port));
        builder.Services.AddSingleton(redis);
        builder.Services.AddSingleton<StoreTime>();
        builder.Services.AddSingleton(new EmbeddedRedisSwitch(redis));
        builder.Services.AddSingleton<ConnectionTurns>();
        builder.Services.AddSingleton<LocalPeople>();
        builder.Services.AddSingleton<FarmDirectory>();
        builder.Services.AddSingleton<ServerChannel>();
        builder.Services.AddSingleton<PresenceService>();
        builder.Services.AddHostedService(services => services.GetRequiredService<PresenceService>());

        var application = builder.Build();
        application.UseSecurityHeaders(options.Ports);
        application.UseDefaultFiles();
        application.UseStaticFiles(new StaticFileOptions
        {
            // A sample is changed and tried again: the browser asks each time, and is told if nothing changed.
            OnPrepareResponse = context => context.Context.Response.Headers.CacheControl = "no-cache",
        });
        application.MapBackplane();
        application.MapClassicSignalR("/signalr");
        return new ChatServer(application, port);
    }

    /// <exception cref="StartException">The port cannot be used.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch (IOException exception)
        {
            throw new StartException($"The server on port {port} cannot start: {exception.Message}", exception);
        }
    }

    /// <summary>Completes when this server sends to the farm and receives from it.</summary>
    public Task WhenConnectedAsync(CancellationToken cancellationToken) =>
        application.Services.GetRequiredService<IDependencyResolver>().Resolve<RedisMessageBus>().WhenConnectedAsync(cancellationToken);

    /// <summary>Cancelled by Ctrl-C, or when the process is asked to stop.</summary>
    public CancellationToken Stopping => application.Lifetime.ApplicationStopping;

    /// <summary>Completes when the server has stopped, after Ctrl-C or when the process was asked to stop.</summary>
    public Task WhenStoppedAsync() => application.WaitForShutdownAsync();

    public ValueTask DisposeAsync() => application.DisposeAsync();

    private static void ConfigureLogging(ILoggingBuilder logging, bool verbose)
    {
        logging.ClearProviders();
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
        });
        logging.SetMinimumLevel(verbose ? LogLevel.Information : LogLevel.Warning);
        if (!verbose)
        {
            // They report a closed window as an error.
            logging.AddFilter("SignalR.Transports", LogLevel.None);
        }

        // SignalR's own trace repeats the log of the bus.
        logging.AddFilter("SignalR.RedisMessageBus", LogLevel.None);
        // It warns that the keys in the user's folder are not encrypted, which is intended in a sample.
        logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
    }
}
