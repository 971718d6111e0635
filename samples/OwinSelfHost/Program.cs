using System;
using Microsoft.AspNet.SignalR;
using Microsoft.Owin.Hosting;
using Owin;

public class Startup
{
    public void Configuration(IAppBuilder app)
    {
        GlobalHost.DependencyResolver.UseRedis("localhost", 6379, "", "Chat");
        app.MapSignalR();
    }
}

public static class Program
{
    public static void Main(string[] args)
    {
        using (WebApp.Start<Startup>(args[0]))
        {
            Console.WriteLine("Serving " + args[0] + ". Press Enter to stop.");
            Console.ReadLine();
        }
    }
}
