using Microsoft.AspNet.SignalR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using RedisBackplane;
using RedisBackplane.AspNetCore;
using RedisBackplane.AspNetCore.Services;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the Redis backplane to classic SignalR.</summary>
public static class RedisBackplaneClassicSignalRBuilderExtensions
{
    /// <summary>
    /// Carries every message to every server of the farm through Redis. The bus connects in the background when the
    /// application starts, logs to the application's loggers, and is disposed with the host.
    /// </summary>
    /// <param name="builder">What <c>AddClassicSignalR</c> returned.</param>
    /// <param name="configure">Fills the options; <see cref="RedisBackplaneOptions.AppName"/> is required.</param>
    /// <returns>The builder, for chaining.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <remarks>
    /// Wrong settings stop the application at start-up with an <see cref="OptionsValidationException"/>.
    /// </remarks>
    public static IClassicSignalRBuilder AddRedisBackplane(this IClassicSignalRBuilder builder, Action<RedisBackplaneOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);

        builder.Services.Configure(configure);
        return AddRedisBackplane(builder);
    }

    /// <summary>The same, with the settings in a section of the application's configuration.</summary>
    /// <param name="builder">What <c>AddClassicSignalR</c> returned.</param>
    /// <param name="section">The section; its keys are the names of the options' simple properties.</param>
    /// <returns>The builder, for chaining.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <remarks>
    /// Wrong settings stop the application at start-up with an <see cref="OptionsValidationException"/>, and so does a
    /// key that is no setting.
    /// </remarks>
    public static IClassicSignalRBuilder AddRedisBackplane(this IClassicSignalRBuilder builder, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(section);

        builder.Services.Configure<RedisBackplaneOptions>(_ => new ConfigurationKeys(section).ThrowIfIgnored());
        builder.Services.Configure<RedisBackplaneOptions>(section);
        return AddRedisBackplane(builder);
    }

    private static IClassicSignalRBuilder AddRedisBackplane(IClassicSignalRBuilder builder)
    {
        builder.Services.AddOptions<RedisBackplaneOptions>().ValidateOnStart();
        builder.Services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<RedisBackplaneOptions>, RedisBackplaneOptionsValidator>());
        builder.Services.AddHostedService<BusStarter>();
        return builder.ConfigureResolver(
            (services, resolver) => resolver.UseRedis(services.GetRequiredService<IOptions<RedisBackplaneOptions>>().Value));
    }
}
