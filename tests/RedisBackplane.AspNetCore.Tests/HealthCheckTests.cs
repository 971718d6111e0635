using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using RedisBackplane.AspNetCore.Health;

namespace RedisBackplane.AspNetCore.Tests;

/// <summary>What the health check says of a bus.</summary>
public sealed class HealthCheckTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly RedisBackplaneHealthOptions _options = new();

    [Fact]
    public async Task Check_BusConnected_IsHealthy()
    {
        var result = await CheckAsync(Connected());

        Assert.Equal(HealthStatus.Healthy, result.Status);
        Assert.Equal(true, result.Data["connected"]);
    }

    [Theory]
    [InlineData(0, HealthStatus.Degraded)]
    [InlineData(29.9, HealthStatus.Degraded)]
    [InlineData(30, HealthStatus.Unhealthy)]
    [InlineData(3600, HealthStatus.Unhealthy)]
    public async Task Check_RedisAway_IsDegradedUntilTheLimitAndThenUnhealthy(double seconds, HealthStatus expected)
    {
        var result = await CheckAsync(Away(TimeSpan.FromSeconds(seconds), lastError: "no route"));

        Assert.Equal(expected, result.Status);
        Assert.Contains("redis-1:6379", result.Description, StringComparison.Ordinal);
        Assert.Contains("1200 messages wait", result.Description, StringComparison.Ordinal);
        Assert.Contains("no route", result.Description, StringComparison.Ordinal);
        Assert.Equal(
            ("no route", Now - TimeSpan.FromSeconds(seconds), 1200L),
            (result.Data["lastError"], result.Data["since"], result.Data["queueMessages"]));
    }

    [Fact]
    public async Task Check_OneStreamOfTwoAway_NamesItsRedisAndNotTheOther()
    {
        var result = await CheckAsync(Away(
            TimeSpan.FromSeconds(1),
            null,
            new RedisStreamStatus { Index = 0, Endpoints = "redis-1:6379", IsConnected = true },
            new RedisStreamStatus { Index = 1, Endpoints = "redis-2:6379" }));

        Assert.Contains("redis-2:6379", result.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("redis-1:6379", result.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_LimitOfTheApplication_Decides()
    {
        _options.UnhealthyAfter = TimeSpan.Zero;

        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(Away(TimeSpan.Zero))).Status);
    }

    [Fact]
    public async Task Check_CatchingUp_IsDegraded()
    {
        var result = await CheckAsync(Connected(isCatchingUp: true));

        Assert.Equal(HealthStatus.Degraded, result.Status);
        Assert.Contains("history", result.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.49, HealthStatus.Healthy)]
    [InlineData(0.5, HealthStatus.Degraded)]
    [InlineData(1, HealthStatus.Degraded)]
    public async Task Check_QueueFilling_IsDegradedFromTheLimitOn(double usage, HealthStatus expected)
    {
        var result = await CheckAsync(Connected(queueUsage: usage));

        Assert.Equal(expected, result.Status);
        Assert.Equal(usage, result.Data["queueUsage"]);
    }

    [Fact]
    public async Task Check_NoBus_IsUnhealthyAndSaysWhatToCall()
    {
        var result = await CheckAsync(null);

        Assert.Equal(HealthStatus.Unhealthy, result.Status);
        Assert.Contains("AddRedisBackplane", result.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_FailureStatusOfTheRegistration_TakesTheUnhealthysPlace()
    {
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync(null, HealthStatus.Degraded)).Status);
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync(Away(TimeSpan.FromHours(1)), HealthStatus.Degraded)).Status);
    }

    [Fact]
    public async Task AddRedisBackplane_BusWithoutRedis_ReportsOverHttp()
    {
        await using var host = await SignalRHost.StartAsync(
            services: services =>
            {
                services.AddClassicSignalR().AddRedisBackplane(options => (options.AppName, options.Port) = ("shop", 1));
                services.AddHealthChecks().AddRedisBackplane(options => options.UnhealthyAfter = TimeSpan.Zero, tags: ["ready"]);
            },
            map: application => application.MapHealthChecks("/health"));

        using var response = await host.Client.GetAsync(new Uri("/health", UriKind.Relative));
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Tags.Contains("ready"));

        Assert.Equal(("Unhealthy", 503), (await response.Content.ReadAsStringAsync(), (int)response.StatusCode));
        var entry = Assert.Single(report.Entries);
        Assert.Equal("redis-backplane", entry.Key);
        Assert.Contains("localhost:1", entry.Value.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1, 0.5, "UnhealthyAfter is -00:00:01")]
    [InlineData(3601, 0.5, "UnhealthyAfter is 01:00:01")]
    [InlineData(30, 0, "DegradedQueueUsage is 0")]
    [InlineData(30, 1.01, "DegradedQueueUsage is 1.01")]
    [InlineData(30, double.NaN, "DegradedQueueUsage is NaN")]
    public async Task AddRedisBackplane_WrongLimits_StopsTheApplicationWithTheirName(int seconds, double usage, string expected)
    {
        await using var application = SignalRHost.Build(
            services: services => services.AddHealthChecks().AddRedisBackplane(options =>
                (options.UnhealthyAfter, options.DegradedQueueUsage) = (TimeSpan.FromSeconds(seconds), usage)),
            map: _ => { });

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => application.StartAsync());

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    private static RedisBackplaneStatus Connected(bool isCatchingUp = false, double queueUsage = 0) => new()
    {
        IsConnected = true,
        IsCatchingUp = isCatchingUp,
        QueueUsage = queueUsage,
        QueueMessages = 50_000,
        QueueBytes = 7,
        Since = Now - TimeSpan.FromHours(1),
        Streams = [new RedisStreamStatus { Endpoints = "redis-1:6379", IsConnected = true }],
    };

    private static RedisBackplaneStatus Away(TimeSpan since, string? lastError = null, params RedisStreamStatus[] streams) => new()
    {
        LastError = lastError,
        Since = Now - since,
        QueueMessages = 1200,
        Streams = streams.Length > 0 ? streams : [new RedisStreamStatus { Endpoints = "redis-1:6379" }],
    };

    private Task<HealthCheckResult> CheckAsync(RedisBackplaneStatus? status, HealthStatus failure = HealthStatus.Unhealthy)
    {
        var check = new RedisBackplaneHealthCheck(() => status, _options, new StoppedClock());
        var registration = new HealthCheckRegistration("backplane", check, failure, []);
        return check.CheckHealthAsync(new HealthCheckContext { Registration = registration });
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
