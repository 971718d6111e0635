using Microsoft.AspNet.SignalR;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using RedisBackplane;
using RedisBackplane.AspNetCore;
using RedisBackplane.AspNetCore.Health;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the Redis backplane to the health checks of an ASP.NET Core application.</summary>
public static class RedisBackplaneHealthChecksBuilderExtensions
{
    /// <summary>
    /// Checks the backplane that <c>AddClassicSignalR().AddRedisBackplane(…)</c> added. It reads the status of the bus,
    /// sends nothing to Redis, and costs nothing. Healthy: messages are sent and received. Degraded: Redis is away for
    /// less than <see cref="RedisBackplaneHealthOptions.UnhealthyAfter"/>, missed messages are being read, or the send
    /// queue is filling (<see cref="RedisBackplaneHealthOptions.DegradedQueueUsage"/>). Unhealthy: Redis is away for
    /// longer.
    /// </summary>
    /// <param name="builder">What <c>AddHealthChecks</c> returned.</param>
    /// <param name="configure">Fills the limits.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="failureStatus">The status that is reported instead of <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Tags for choosing checks.</param>
    /// <returns>The builder, for chaining.</returns>
    /// <exception cref="ArgumentNullException">
    /// <paramref name="builder"/> or <paramref name="name"/> is null.
    /// </exception>
    /// <remarks>
    /// Wrong limits stop the application at start-up with an <see cref="OptionsValidationException"/>.
    /// </remarks>
    public static IHealthChecksBuilder AddRedisBackplane(
        this IHealthChecksBuilder builder,
        Action<RedisBackplaneHealthOptions>? configure = null,
        string name = "redis-backplane",
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);

        var options = builder.Services.AddOptions<RedisBackplaneHealthOptions>(name).ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        builder.Services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<RedisBackplaneHealthOptions>, RedisBackplaneHealthOptionsValidator>());
        return builder.Add(new HealthCheckRegistration(name, services => Create(services, name), failureStatus, tags));
    }

    private static RedisBackplaneHealthCheck Create(IServiceProvider services, string name) => new(
        () => (services.GetService<IDependencyResolver>()?.GetService(typeof(RedisMessageBus)) as RedisMessageBus)?.Status,
        services.GetRequiredService<IOptionsMonitor<RedisBackplaneHealthOptions>>().Get(name),
        TimeProvider.System);
}
