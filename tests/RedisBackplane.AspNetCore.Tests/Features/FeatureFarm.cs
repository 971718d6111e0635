using Microsoft.AspNetCore.DataProtection;

namespace RedisBackplane.AspNetCore.Tests.Features;

/// <summary>
/// The hosts of the specification, started when first asked for and shared by all its cases: one without a backplane,
/// or two with one, with the own parts or with SignalR's.
/// </summary>
public sealed class FeatureFarm : IAsyncLifetime
{
    /// <summary>The origin of pages that the options allow.</summary>
    internal const string Origin = "https://shop.example.org";

    /// <summary>The origin of pages that the CORS policy of one path allows.</summary>
    internal const string CorsOrigin = "https://friend.example.org";

    private const string CorsPolicy = "friends";

    private readonly EphemeralDataProtectionProvider _keys = new();
    private readonly Dictionary<(bool Backplane, bool Stock), (SignalRHost First, SignalRHost Second)> _hosts = [];

    /// <summary>What all hosts logged at <c>Information</c> and above.</summary>
    internal CapturedLogs Logs { get; } = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var (first, second) in _hosts.Values)
        {
            await first.DisposeAsync();
            if (second != first)
            {
                await second.DisposeAsync();
            }
        }
    }

    /// <summary>Two servers of a farm; without a backplane it is one.</summary>
    internal async Task<(SignalRHost First, SignalRHost Second)> GetAsync(bool backplane, bool stock)
    {
        Skip.If(backplane && TestRedisSource.SkipReason is not null, TestRedisSource.SkipReason);
        if (!_hosts.TryGetValue((backplane, stock), out var hosts))
        {
            var name = AppNames.Unique("features");
            var redis = backplane ? (await RedisTestServer.GetSharedAsync()).ConnectionString : null;
            var first = await StartAsync(redis, name, stock);
            _hosts[(backplane, stock)] = hosts = (first, redis is null ? first : await StartAsync(redis, name, stock));
        }

        return hosts;
    }

    private Task<SignalRHost> StartAsync(string? redis, string name, bool stock) => SignalRHost.StartAsync(
        options =>
        {
            options.UseStockHubDispatcher = stock;
            options.UseStockTransports = stock;
            options.AllowedOrigins.Add(Origin);
        },
        services =>
        {
            services.AddSingleton<IDataProtectionProvider>(_keys);
            services.AddSingleton<IHubPipelineModule, MarkModule>();
            services.AddScoped<ScopedService>();
            services.AddSingleton(Logs.Provider);
            services.AddLogging(logging => logging.AddFilter("SignalR", LogLevel.Information));
            services.AddCors(cors => cors.AddPolicy(
                CorsPolicy, policy => policy.WithOrigins(CorsOrigin).AllowAnyHeader().AllowAnyMethod().AllowCredentials()));
            var signalR = services.AddClassicSignalR().ConfigureResolver(
                (_, resolver) => resolver.Register(typeof(TickerHub), () => new TickerHub(Ticker.Named("registered"))));
            if (redis is not null)
            {
                signalR.AddRedisBackplane(options => (options.ConnectionString, options.AppName) = (redis, name));
            }
        },
        app =>
        {
            app.UseCors();
            app.MapClassicSignalR();
            app.MapClassicSignalR("/live", new HubConfiguration { EnableDetailedErrors = true });
            app.MapClassicSignalR("/cors").RequireCors(CorsPolicy);
            app.MapClassicSignalR("/own", new HubConfiguration { Resolver = ResolverOfAPath(redis, name) });
            app.MapClassicSignalR<EchoConnection>("/echo");
        });

    private static ContainerResolver ResolverOfAPath(string? redis, string name)
    {
        var resolver = new ContainerResolver();
        if (redis is not null)
        {
            resolver.UseRedis(redis, name + "-own");
        }

        return resolver;
    }
}
