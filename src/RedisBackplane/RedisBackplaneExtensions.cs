using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane;
using RedisBackplane.Hubs;

namespace Microsoft.AspNet.SignalR;

/// <summary>Turns the Redis backplane on.</summary>
/// <remarks>
/// Every overload registers one bus with the resolver. The bus is made when SignalR first asks for it. It connects in
/// the background, so an application starts even if Redis is down. Call it once, before the first hub or connection is
/// mapped. A wrong setting throws <see cref="Extensions.Options.OptionsValidationException"/> at once.
/// </remarks>
public static class RedisBackplaneExtensions
{
    /// <summary>Uses one Redis server as the backplane.</summary>
    /// <param name="resolver">SignalR's resolver, such as <c>GlobalHost.DependencyResolver</c>.</param>
    /// <param name="server">Host name or address.</param>
    /// <param name="port">TCP port; Redis's own default is 6379.</param>
    /// <param name="password">Password; an empty string or <see langword="null"/> if the server needs none.</param>
    /// <param name="appName">The farm's channel: <see cref="RedisBackplaneOptions.AppName"/>.</param>
    /// <returns>The resolver, for chaining.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="resolver"/> is null.</exception>
    /// <exception cref="Extensions.Options.OptionsValidationException">
    /// A setting cannot work; the message names it.
    /// </exception>
    public static IDependencyResolver UseRedis(
        this IDependencyResolver resolver, string server, int port, string? password, string appName) =>
        resolver.UseRedis(new RedisBackplaneOptions { Server = server, Port = port, Password = password, AppName = appName });

    /// <summary>Uses the Redis of a StackExchange.Redis connection string as the backplane.</summary>
    /// <param name="resolver">SignalR's resolver, such as <c>GlobalHost.DependencyResolver</c>.</param>
    /// <param name="connectionString"><see cref="RedisBackplaneOptions.ConnectionString"/>.</param>
    /// <param name="appName">The farm's channel: <see cref="RedisBackplaneOptions.AppName"/>.</param>
    /// <returns>The resolver, for chaining.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="Extensions.Options.OptionsValidationException">
    /// A setting cannot work; the message names it.
    /// </exception>
    public static IDependencyResolver UseRedis(this IDependencyResolver resolver, string connectionString, string appName)
    {
        _ = connectionString ?? throw new ArgumentNullException(nameof(connectionString));
        return resolver.UseRedis(new RedisBackplaneOptions { ConnectionString = connectionString, AppName = appName });
    }

    /// <summary>Uses Redis as the backplane, with all settings.</summary>
    /// <param name="resolver">SignalR's resolver, such as <c>GlobalHost.DependencyResolver</c>.</param>
    /// <param name="configure">Fills the settings; called once, before the method returns.</param>
    /// <returns>The resolver, for chaining.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="Extensions.Options.OptionsValidationException">
    /// A setting cannot work; the message names it.
    /// </exception>
    public static IDependencyResolver UseRedis(this IDependencyResolver resolver, Action<RedisBackplaneOptions> configure)
    {
        _ = configure ?? throw new ArgumentNullException(nameof(configure));
        var options = new RedisBackplaneOptions();
        configure(options);
        return resolver.UseRedis(options);
    }

    /// <summary>Uses Redis as the backplane, with settings that were filled elsewhere.</summary>
    /// <param name="resolver">SignalR's resolver, such as <c>GlobalHost.DependencyResolver</c>.</param>
    /// <param name="options">The settings.</param>
    /// <returns>The resolver, for chaining.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="Extensions.Options.OptionsValidationException">
    /// A setting cannot work; the message names it.
    /// </exception>
    public static IDependencyResolver UseRedis(this IDependencyResolver resolver, RedisBackplaneOptions options)
    {
        _ = resolver ?? throw new ArgumentNullException(nameof(resolver));
        _ = options ?? throw new ArgumentNullException(nameof(options));
        RedisBackplaneOptionsValidator.ThrowIfInvalid(options);

        var settings = options.Copy();
        var bus = new Lazy<RedisMessageBus>(() => new RedisMessageBus(resolver, settings));
        resolver.Register(typeof(IMessageBus), () => bus.Value);
        resolver.Register(typeof(RedisMessageBus), () => bus.Value);
        ProgressBeforeResult.AddTo(resolver);
        return resolver;
    }
}
