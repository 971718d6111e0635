using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace RedisBackplane.PackageTests;

/// <summary>A new project with a package builds, two processes of it form a farm, and its assemblies fit.</summary>
[Collection(PackagesGroup.Name)]
public sealed class ConsumerTests(PackedPackages packages)
{
    private static string Exchange =>
        File.ReadAllText(Path.Combine(Checkout.Root, "tests", "RedisBackplane.PackageTests", "Consumers", "Exchange.cs"));

    /// <summary>
    /// What an application on .NET Framework may use in addition: signed or not, and nothing, the newest version of
    /// SignalR's serializer, or the newest client of Redis.
    /// </summary>
    public static TheoryData<bool, string, string> Applications => new()
    {
        { false, "none", "" },
        { true, "none", "" },
        { false, "Newtonsoft.Json", "13.0.4" },
        { true, "StackExchange.Redis", "3.4.35" },
    };

    [RedisTheory]
    [MemberData(nameof(Applications))]
    public async Task Package_InANewNet472Project_NeedsNoRedirectsByHandAndFormsAFarm(bool isSigned, string companion, string version)
    {
        var project = ConsumerProject.Create(
            packages,
            "net472",
            "RedisBackplane",
            Exchange,
            isSigned: isSigned,
            further: companion == "none" ? [] : [(companion, version)]);
        try
        {
            await project.BuildAsync();
        }
        catch (InvalidOperationException exception) when (exception.Message.Contains("NU1102") && exception.Message.Contains(companion))
        {
            throw new SkipException($"No package source here has {companion} {version}.");
        }

        Assert.Empty(BindingRedirects.FindMissing(project.Output, Path.Combine(project.Output, "Consumer.exe.config")));
        Assert.Empty(BindingRedirects.FindUnsigned(project.Output));
        if (companion == "StackExchange.Redis")
        {
            var written = XDocument.Load(Path.Combine(project.Output, "Consumer.exe.config"));
            Assert.Equal(BindingRedirects.Read(written, companion), BindingRedirects.Read(DocumentedRedirect(), companion));
        }

        Skip.IfNot(ConsumerProcess.CanRun(project), "It built and its assemblies fit; there is no mono on PATH to run it on.");
        if (companion != "StackExchange.Redis" || RedisServerProcess.FindExecutable() is null)
        {
            await ExchangeAsync(project, (await RedisTestServer.GetSharedAsync()).ConnectionString);
            return;
        }

        // With several servers, the bus uses more of the client: it asks which of them is the master.
        await using var master = await RedisServerProcess.StartAsync();
        await using var replica = await RedisServerProcess.StartAsync($"replicaof {RedisServerProcess.Host} {master.Port}");
        await ExchangeAsync(project, replica.EndPoint + "," + master.EndPoint);
    }

    [RedisTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Package_InANewNet10Project_FormsAFarm(bool isSigned)
    {
        var project = ConsumerProject.Create(packages, "net10.0", "RedisBackplane", Exchange, isSigned: isSigned);

        await project.BuildAsync();

        await ExchangeAsync(project, (await RedisTestServer.GetSharedAsync()).ConnectionString);
    }

    /// <summary>Two processes. Each receives its own and the other's messages, in one order.</summary>
    private static async Task ExchangeAsync(ConsumerProject project, string servers)
    {
        var appName = AppNames.Unique("consumer");
        using var first = ConsumerProcess.Start(project, servers, appName);
        using var second = ConsumerProcess.Start(project, servers, appName);
        await first.ReadUntilAsync("ready");
        await second.ReadUntilAsync("ready");

        await first.WriteAsync("from the first");
        await HeardByBothAsync("from the first");
        await second.WriteAsync("from the second");
        await HeardByBothAsync("from the second");

        await first.LeaveAsync();
        await second.LeaveAsync();

        // Occasionally Mono does not end when Main has ended: it waits for a background thread of the client library,
        // which waits for work.
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

    /// <summary>The block of docs/packages.md for a configuration that is written by hand.</summary>
    private static XDocument DocumentedRedirect()
    {
        var page = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "packages.md"));
        return XDocument.Parse(Regex.Match(page, "<dependentAssembly>.*?</dependentAssembly>", RegexOptions.Singleline).Value);
    }
}
