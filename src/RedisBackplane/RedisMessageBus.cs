using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.Extensions.Options;

namespace RedisBackplane;

/// <summary>A SignalR message bus on Redis.</summary>
public sealed class RedisMessageBus : ScaleoutMessageBus
{
    /// <summary>Makes a bus and starts to connect in the background.</summary>
    /// <param name="resolver">Where the bus finds SignalR's services.</param>
    /// <param name="options">The settings.</param>
    public RedisMessageBus(IDependencyResolver resolver, IOptions<RedisBackplaneOptions> options)
        : base(resolver, new ScaleoutConfiguration())
    {
        RedisBackplaneOptionsValidator.ThrowIfInvalid(options.Value);
    }
}
