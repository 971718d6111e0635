using RedisBackplane.TestInfrastructure;

namespace RedisBackplane.PackageTests;

/// <summary>
/// What somebody gets who adds a package to a new project: it builds, two processes of it form a farm, and assemblies fit each other.
/// </summary>
[Collection(PackagesGroup.Name)]
public sealed class ConsumerTests(PackedPackages packages)
{
    private static string Exchange =>
        File.ReadAllText(Path.Combine(Repository.Root, "tests", "RedisBackplane.PackageTests", "Consumers", "Exchange.cs"));

    /// <summary>
    /// What an application on .NET Framework may have besides: none, the newest of SignalR's serializer, the newest client for Redis.
    /// </summary>
    public static TheoryData<string, string> Companions => new()
    {
        { "none", "" },
        { "Newtonsoft.Json", "13.0.4" },
        { "StackExchange.Redis", "3.4.35" },
    };

    [RedisTheory]
    [MemberData(nameof(Companions))]
    public async Task Package_InANewNet472Project_NeedsNoRedirectsByHandAndFormsAFarm(string companion, string version)
    {
        var project = ConsumerProject.Create(
            packages, "net472", "RedisBackplane", Exchange, further: companion == "none" ? [] : [(companion, version)]);
        try
        {
            await project.BuildAsync();
        }
        catch (InvalidOperationException exception) when (exception.Message.Contains("NU1102") && exception.Message.Contains(companion))
        {
            throw new SkipException($"No package source here has {companion} {version}.");
        }

        Assert.Empty(BindingRedirects.FindMissing(project.Output, Path.Combine(project.Output, "Consumer.exe.config")));
        Skip.IfNot(
            OperatingSystem.IsWindows() || IsOnPath("mono"),
            "It built and its assemblies fit; there is no mono on PATH to run it on.");
        await ExchangeAsync(project);
    }

    [RedisFact]
    public async Task Package_InANewNet10Project_FormsAFarm()
    {
        var project = ConsumerProject.Create(packages, "net10.0", "RedisBackplane", Exchange);

        await project.BuildAsync();

        await ExchangeAsync(project);
    }

    [Fact]
    public async Task HostPackage_InANewAspNetCoreProject_BuildsAndRuns()
    {
        var project = ConsumerProject.Create(packages, "net10.0", "RedisBackplane.AspNetCore", sdk: "Microsoft.NET.Sdk.Web", program: """
            using System;
            using Microsoft.AspNetCore.Builder;
            using Microsoft.Extensions.DependencyInjection;
            using RedisBackplane;

            var builder = WebApplication.CreateBuilder(args);
            builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
            builder.Services.AddClassicSignalR().AddRedisBackplane(options => options.AppName = "AppName");
            await using var app = builder.Build();
            app.MapClassicSignalR("/signalr");
            await app.StartAsync();
            Console.WriteLine("started");
            await app.StopAsync();

            public class ChatHub : Microsoft.AspNet.SignalR.Hub
            {
                public void Send(string name, string message) => Clients.All.broadcastMessage(name, message);
            }
            """);

        await project.BuildAsync();
        var output = await DotnetCommand.RunAsync(project.Folder, "exec", Path.Combine("out", "Consumer.dll"));

        Assert.Contains("started", output);
    }

    /// <summary>Two processes, each of which hears itself and the other, in one order.</summary>
    private static async Task ExchangeAsync(ConsumerProject project)
    {
        var redis = await RedisTestServer.GetSharedAsync();
        var appName = AppNames.Unique("consumer");
        using var first = ConsumerProcess.Start(project, redis.ConnectionString, appName);
        using var second = ConsumerProcess.Start(project, redis.ConnectionString, appName);
        await first.ReadUntilAsync("ready");
        await second.ReadUntilAsync("ready");

        await first.WriteAsync("from the first");
        await HeardByBothAsync("from the first");
        await second.WriteAsync("from the second");
        await HeardByBothAsync("from the second");

        await first.LeaveAsync();
        await second.LeaveAsync();

        // Now and then Mono does not end when Main has: it waits for a background thread of the client library, which waits for work.
        if (!project.RunsOnMono)
        {
            Assert.Equal((0, 0), (await first.EndAsync(), await second.EndAsync()));
        }

        async Task HeardByBothAsync(string text)
        {
            foreach (var server in new[] { first, second })
            {
                var line = await server.ReadUntilAsync(text);
                Assert.Equal($$"""heard {"H":"ChatHub","M":"broadcastMessage","A":["{{text}}"]}""", line);
            }
        }
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
            .Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, program)));
}
