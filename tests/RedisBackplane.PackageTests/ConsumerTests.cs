namespace RedisBackplane.PackageTests;

/// <summary>What somebody gets who adds the package to a new project.</summary>
[Collection(PackagesGroup.Name)]
public sealed class ConsumerTests(PackedPackages packages)
{
    // Farms on .NET Framework host on OWIN, and SignalR brings it along; where the feed lacks it, the restore would fail for a reason that is none of ours.
    private const string OwinPruning = """
          <PropertyGroup>
            <RestoreEnablePackagePruning>true</RestoreEnablePackagePruning>
          </PropertyGroup>
          <ItemGroup>
            <PrunePackageReference Include="Owin;Microsoft.Owin;Microsoft.Owin.Security" Version="99.0.0" />
          </ItemGroup>
        """;

    [Fact]
    public async Task Package_InANewNet472Project_Builds()
    {
        var folder = CreateProject("net472", "Microsoft.NET.Sdk", "RedisBackplane", """
            using Microsoft.AspNet.SignalR;

            public static class Program
            {
                public static void Main()
                {
                    GlobalHost.DependencyResolver.UseRedis("localhost", 6379, "", "AppName");
                }
            }
            """);

        await BuildAsync(folder);

        Assert.True(File.Exists(Path.Combine(folder, "out", "RedisBackplane.dll")));
    }

    [Fact]
    public async Task Package_InANewNet10Project_BuildsAndRuns()
    {
        var folder = CreateProject("net10.0", "Microsoft.NET.Sdk", "RedisBackplane", """
            using System;
            using Microsoft.AspNet.SignalR;
            using RedisBackplane;

            using var resolver = new DefaultDependencyResolver();
            resolver.UseRedis("localhost", 6379, "", "AppName");
            Console.WriteLine(resolver.Resolve<RedisMessageBus>().Status.IsConnected ? "connected" : "not connected yet");
            """);

        await BuildAsync(folder);
        var output = await DotnetCommand.RunAsync(folder, "exec", Path.Combine("out", "Consumer.dll"));

        Assert.Contains("connected", output);
    }

    [Fact]
    public async Task HostPackage_InANewAspNetCoreProject_BuildsAndRuns()
    {
        var folder = CreateProject("net10.0", "Microsoft.NET.Sdk.Web", "RedisBackplane.AspNetCore", """
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

        await BuildAsync(folder);
        var output = await DotnetCommand.RunAsync(folder, "exec", Path.Combine("out", "Consumer.dll"));

        Assert.Contains("started", output);
    }

    private static Task<string> BuildAsync(string folder) =>
        DotnetCommand.RunAsync(folder, "build", "Consumer.csproj", "--output", Path.Combine(folder, "out"));

    private string CreateProject(string framework, string sdk, string package, string program)
    {
        var folder = packages.CreateFolder($"consumer-{package}-{framework}");
        File.WriteAllText(Path.Combine(folder, "Program.cs"), program);

        // The packages under test are added to the sources of the machine, which give the rest.
        File.WriteAllText(Path.Combine(folder, "nuget.config"), $"""
            <configuration>
              <packageSources>
                <add key="packages under test" value="{packages.Feed}" />
              </packageSources>
            </configuration>
            """);
        File.WriteAllText(Path.Combine(folder, "Consumer.csproj"), $"""
            <Project Sdk="{sdk}">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>{framework}</TargetFramework>
                <LangVersion>latest</LangVersion>
                <RestorePackagesPath>{Path.Combine(folder, "packages")}</RestorePackagesPath>
                {FallbackFolder()}
              </PropertyGroup>
              {OwinPruning}
              <ItemGroup>
                <PackageReference Include="{package}" Version="{packages.Version}" />
                <PackageReference Include="Microsoft.NETFramework.ReferenceAssemblies" Version="{Repository.PackageVersions["Microsoft.NETFramework.ReferenceAssemblies"]}" PrivateAssets="all" />
              </ItemGroup>
            </Project>
            """);
        return folder;
    }

    /// <summary>
    /// The packages under test are unpacked beside the consumer; what the machine has already is read from where it is instead of downloaded again.
    /// </summary>
    private static string FallbackFolder()
    {
        var folder = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return Directory.Exists(folder) ? $"<RestoreFallbackFolders>{folder}</RestoreFallbackFolders>" : string.Empty;
    }
}
