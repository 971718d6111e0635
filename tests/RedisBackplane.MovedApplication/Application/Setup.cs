using System;
using Microsoft.AspNet.SignalR;

namespace RedisBackplane.MovedApplication;

/// <summary>What the application does to GlobalHost when it starts, before and after the move.</summary>
public static class Setup
{
    /// <param name="arguments">The program's: the address; the Redis and the name of the farm, if there is one.</param>
    public static void Configure(string[] arguments)
    {
        if (arguments.Length > 1)
        {
            GlobalHost.DependencyResolver.UseRedis(arguments[1], arguments[2]);
        }

        // A busy machine may take longer than the 5 s of the default.
        GlobalHost.Configuration.TransportConnectTimeout = TimeSpan.FromSeconds(30);
        GlobalHost.Configuration.DisconnectTimeout = TimeSpan.FromSeconds(21);
        GlobalHost.HubPipeline.AddModule(new AuditModule());
        GlobalHost.DependencyResolver.Register(typeof(IUserIdProvider), () => new QueryUserIds());
    }

    private sealed class QueryUserIds : IUserIdProvider
    {
        public string GetUserId(IRequest request)
        {
            return request.QueryString["user"] ?? string.Empty;
        }
    }
}
