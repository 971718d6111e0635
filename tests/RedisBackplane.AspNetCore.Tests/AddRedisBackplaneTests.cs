using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace RedisBackplane.AspNetCore.Tests;

/// <summary>Only the registrations. The bus connects in the background to a port where nothing listens.</summary>
public sealed class AddRedisBackplaneTests
{
    [Fact]
    public async Task AddRedisBackplane_WithSettings_MakesTheBusOfThisHost()
    {
        await using var host = await SignalRHost.StartAsync(services: services => services.AddClassicSignalR().AddRedisBackplane(Nowhere));

        var bus = host.Resolver.Resolve<IMessageBus>();

        Assert.IsType<RedisMessageBus>(bus);
        Assert.Same(bus, host.Resolver.Resolve<RedisMessageBus>());
    }

    [Fact]
    public async Task Bus_BeforeAnyClientComes_IsMade()
    {
        var made = 0;
        await using var host = await SignalRHost.StartAsync(services: services => services.AddClassicSignalR()
            .AddRedisBackplane(Nowhere)
            .ConfigureResolver((_, resolver) => resolver.Register(typeof(IMessageBus), () =>
            {
                made++;
                return new MessageBus(resolver);
            })));

        Assert.Equal(1, made);
    }

    [Fact]
    public async Task AddRedisBackplane_WithAConfigurationSection_ReadsIt()
    {
        byte[] key = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Redis:AppName"] = "shop",
            ["Redis:Port"] = "1",
            ["Redis:PublishTimeout"] = "00:00:05",
            ["Redis:AuthenticationKeys:0"] = Convert.ToBase64String(key),
        }).Build();

        await using var host = await SignalRHost.StartAsync(
            services: services => services.AddClassicSignalR().AddRedisBackplane(configuration.GetSection("Redis")));

        var options = host.Services.GetRequiredService<IOptions<RedisBackplaneOptions>>().Value;
        Assert.Equal("shop", options.AppName);
        Assert.Equal(1, options.Port);
        Assert.Equal(TimeSpan.FromSeconds(5), options.PublishTimeout);
        Assert.Equal(key, Assert.Single(options.AuthenticationKeys));
    }

    [Theory]
    [InlineData("Host", "'Redis:Host'", "'Server'")]
    [InlineData("Passwort", "'Redis:Passwort'", "'Password'")]
    [InlineData("appname2", "'Redis:appname2'", "'AppName'")]
    [InlineData("ConnectionStr", "'Redis:ConnectionStr'", "'ConnectionString'")]
    [InlineData("MaxQueueByte:0", "'Redis:MaxQueueByte'", "'MaxQueueBytes'")]
    [InlineData("LivenessTimeout:Seconds", "'Redis:LivenessTimeout:Seconds'", "is a single value")]
    [InlineData("AuthenticationKeys:0:Key", "'Redis:AuthenticationKeys:0:Key'", "is a single value")]
    [InlineData("Password:Value", "'Redis:Password:Value'", "is a single value")]
    [InlineData("AuthenticationKeys", "'Redis:AuthenticationKeys'", "Write 'Redis:AuthenticationKeys:0'")]
    [InlineData("ConnectionStrings", "'Redis:ConnectionStrings'", "Write 'Redis:ConnectionStrings:0'")]
    [InlineData("AuthenticationKeys:0", "'Redis:AuthenticationKeys:0'", "Base64")]
    public async Task AddRedisBackplane_WithAKeyThatTheBinderWouldIgnore_StopsTheApplicationWithItAndTheNearestOrTheReason(
        string key, string named, string reason)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Redis:AppName"] = "shop",
            ["Redis:" + key] = "hunter2",
        }).Build();
        await using var application = SignalRHost.Build(
            services: services => services.AddClassicSignalR().AddRedisBackplane(configuration.GetSection("Redis")), map: _ => { });

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => application.StartAsync());

        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddRedisBackplane_WithWrongSettings_StopsTheApplicationWithTheirName()
    {
        var exception = Assert.Throws<OptionsValidationException>(() => SignalRHost.Build(
            services: services => services.AddClassicSignalR().AddRedisBackplane(options => options.AppName = string.Empty)));

        Assert.Contains("AppName", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddRedisBackplane_WithoutAnyPathMapped_StillStopsAtWrongSettings()
    {
        await using var application = SignalRHost.Build(
            services: services => services.AddClassicSignalR().AddRedisBackplane(options => options.Port = 0), map: _ => { });

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => application.StartAsync());

        Assert.Contains("Port is 0", exception.Message, StringComparison.Ordinal);
    }

    private static void Nowhere(RedisBackplaneOptions options)
    {
        options.AppName = "shop";
        options.Port = 1;
    }
}
