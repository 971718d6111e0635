using System;
using System.Threading.Tasks;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;

namespace RedisBackplane.MovedApplication;

/// <summary>
/// The start-up before the move. With OWIN it reads:
/// <code>
/// public void Configuration(IAppBuilder app)
/// {
///     Setup.Configure();
///     app.MapSignalR("/signalr", new HubConfiguration { EnableDetailedErrors = true });
///     app.MapSignalR&lt;EchoConnection>("/echo");
/// }
/// </code>
/// This repository does not reference the OWIN packages (see Directory.Build.props). A small self-host on SignalR's own
/// <c>HostContext</c> replaces them.
/// </summary>
public static class Startup
{
    public static async Task Main(string[] args)
    {
        using (var host = new SelfHost(args[0]))
        {
            Setup.Configure(args);
            var hubs = new HubConfiguration { EnableDetailedErrors = true };
            host.Map("/signalr", () => new HubDispatcher(hubs));
            host.Map("/echo", () => new EchoConnection());
            host.Start();
            Console.WriteLine("started");
            await Console.In.ReadLineAsync().ConfigureAwait(false);
        }
    }
}
