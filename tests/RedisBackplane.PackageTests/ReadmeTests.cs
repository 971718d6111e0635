using System.Net;
using System.Text.RegularExpressions;
using StackExchange.Redis;

namespace RedisBackplane.PackageTests;

/// <summary>The README's lines connect a new project that has only a package, given the address of a Redis.</summary>
[Collection(PackagesGroup.Name)]
public sealed partial class ReadmeTests(PackedPackages packages)
{
    [RedisFact]
    public async Task Lines_ForNetFramework_ConnectANewProject()
    {
        var lines = await LinesAsync("GlobalHost.DependencyResolver");
        var project = ConsumerProject.Create(packages, "net472", "RedisBackplane", program: $$"""
            using System;
            using Microsoft.AspNet.SignalR;
            using RedisBackplane;

            // Replaces OWIN, whose packages some feeds do not have.
            public sealed class Application { public void MapSignalR() { } }

            public static class Program
            {
                public static void Main()
                {
                    var app = new Application();
                    {{lines}}
                    using (GlobalHost.DependencyResolver)
                    {
                        var bus = GlobalHost.DependencyResolver.Resolve<RedisMessageBus>();
                        Console.WriteLine(bus.WhenConnectedAsync().Wait(30000) ? "connected" : "away");
                    }
                }
            }
            """);

        await project.BuildAsync();

        Skip.IfNot(ConsumerProcess.CanRun(project), "It built; there is no mono on PATH to run it on.");
        await ConnectsAsync(project);
    }

    [RedisFact]
    public async Task Lines_ForAspNetCore_ConnectANewProject()
    {
        var lines = await LinesAsync("AddClassicSignalR");
        var project = ConsumerProject.Create(packages, "net10.0", "RedisBackplane.AspNetCore", sdk: "Microsoft.NET.Sdk.Web", program: $$"""
            using System;
            using System.Threading;
            using Microsoft.AspNetCore.Builder;
            using Microsoft.Extensions.DependencyInjection;
            using Microsoft.AspNet.SignalR;
            using RedisBackplane;

            var builder = WebApplication.CreateBuilder(args);
            builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
            {{lines}}
            await app.StartAsync();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await app.Services.GetRequiredService<IDependencyResolver>().Resolve<RedisMessageBus>().WhenConnectedAsync(limit.Token);
            Console.WriteLine("connected");
            await app.StopAsync();

            public class ChatHub : Microsoft.AspNet.SignalR.Hub
            {
                public void Send(string name, string message) => Clients.All.broadcastMessage(name, message);
            }
            """);

        await project.BuildAsync();

        await ConnectsAsync(project);
    }

    private static async Task ConnectsAsync(ConsumerProject project)
    {
        using var process = ConsumerProcess.Start(project);

        await process.ReadUntilAsync("connected");
    }

    /// <summary>The block of the README that has a text, with the address of the tests' Redis.</summary>
    private static async Task<string> LinesAsync(string text)
    {
        var options = ConfigurationOptions.Parse((await RedisTestServer.GetSharedAsync()).ConnectionString);
        var (host, port) = options.EndPoints[0] switch
        {
            DnsEndPoint name => (name.Host, name.Port),
            IPEndPoint address => (address.Address.ToString(), address.Port),
            var other => throw new InvalidOperationException($"The tests' Redis has no address that a README could show: {other}."),
        };
        var readme = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "README.md"));
        var block = Block().Matches(readme).Select(match => match.Groups[1].Value)
            .Single(code => code.Contains(text, StringComparison.Ordinal));

        var appName = AppNames.Unique("readme");

        // Each block has one of the two.
        return block
            .Replace("""
                "server", 6379, "password", "AppName"
                """, $"""
                "{host}", {port}, "{options.Password}", "{appName}"
                """)
            .Replace("""
                options.Server = "server"; options.AppName = "AppName";
                """, $"""
                options.Server = "{host}"; options.Port = {port}; options.Password = "{options.Password}"; options.AppName = "{appName}";
                """);
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
