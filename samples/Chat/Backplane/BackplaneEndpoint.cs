using Chat.Redis;
using Microsoft.AspNet.SignalR;
using RedisBackplane;

namespace Chat.Backplane;

/// <summary>
/// Reports the state of the backplane to the page's panel. The page uses plain HTTP, because messages to clients go
/// through the backplane, which carries nothing while Redis is away.
/// </summary>
internal static class BackplaneEndpoint
{
    public static void MapBackplane(this WebApplication application)
    {
        var bus = application.Services.GetRequiredService<IDependencyResolver>().Resolve<RedisMessageBus>();
        var storeTime = application.Services.GetRequiredService<StoreTime>();
        var redis = application.Services.GetRequiredService<ChosenRedis>();
        var time = application.Services.GetRequiredService<TimeProvider>();
        application.MapGet("/backplane", (HttpContext context) =>
        {
            context.Response.Headers.CacheControl = "no-store";
            return BackplaneView.Of(bus.Status, storeTime, redis.Source == RedisSource.Embedded, time);
        });
    }
}
