using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using RedisBackplane.AspNetCore.Hubs;

namespace RedisBackplane.AspNetCore.Tests.Hubs;

public sealed class ReferencedAssembliesTests
{
    [Fact]
    public async Task Hub_OfABaseHubInAnotherAssembly_IsFound()
    {
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => (MetadataReference)MetadataReference.CreateFromFile(path)).ToList();
        var (baseImage, baseReference) = Compile("Company.Hubs", "public class CompanyHub : Microsoft.AspNet.SignalR.Hub { }", platform);
        var (image, _) = Compile("Company.Shop", "public class ShopHub : CompanyHub { }", [.. platform, baseReference]);
        AssemblyLoadContext.Default.LoadFromStream(new MemoryStream(baseImage));
        var shop = AssemblyLoadContext.Default.LoadFromStream(new MemoryStream(image));

        await using var host = await SignalRHost.StartAsync();

        Assert.DoesNotContain(shop.GetReferencedAssemblies(), name => name.Name == typeof(Hub).Assembly.GetName().Name);
        Assert.Contains("ShopHub", host.HubTypes.Select(hub => hub.Name));
    }

    [Fact]
    public void DeployedAssemblies_WithoutBeingLoaded_TellWhatTheyReferTo()
    {
        var references = DeployedAssemblies.References();

        Assert.Contains("Microsoft.AspNet.SignalR.Core", references["RedisBackplane.AspNetCore.Tests"]);
        Assert.Contains("Newtonsoft.Json", references["Microsoft.AspNet.SignalR.Core"]);
        Assert.DoesNotContain("System.Runtime", references.Keys);
    }

    [Fact]
    public async Task HubAssemblies_ThatAreAdded_AreSearchedBesideTheOthers()
    {
        var plugin = Plugin("PluginHub");

        await using var host = await SignalRHost.StartAsync(options => options.AdditionalHubAssemblies.Add(plugin));
        await using var only = await SignalRHost.StartAsync(options =>
        {
            options.HubAssemblies.Add(typeof(IClassicSignalRBuilder).Assembly);
            options.AdditionalHubAssemblies.Add(plugin);
        });

        Assert.Superset(new HashSet<Type> { typeof(ChatHub), plugin.GetType("PluginHub")! }, host.HubTypes.ToHashSet());
        Assert.Equal(["PluginHub"], only.HubTypes.Select(hub => hub.Name));
    }

    [Fact]
    public async Task Hubs_ThatWereFound_AreLoggedByAssembly()
    {
        var logs = new CapturedLogs();
        var plugin = Plugin("LoggedHub");
        await using var host = await SignalRHost.StartAsync(
            options => options.AdditionalHubAssemblies.Add(plugin), services => services.AddSingleton(logs.Provider));

        var entry = await logs.NextAsync(log => log.Message.StartsWith("Hubs at /signalr: ", StringComparison.Ordinal));

        Assert.Equal(LogLevel.Information, entry.Level);
        Assert.Contains($"LoggedHub of {plugin.GetName().Name}", entry.Message, StringComparison.Ordinal);
        Assert.Contains("chat", entry.Message, StringComparison.Ordinal);
    }

    private static Assembly Plugin(string hub)
    {
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path));
        var (image, _) = Compile($"{hub}.Plugin", $"public class {hub} : Microsoft.AspNet.SignalR.Hub {{ }}", platform);
        return Assembly.Load(image);
    }

    private static (byte[] Image, MetadataReference Reference) Compile(
        string name, string source, IEnumerable<MetadataReference> references)
    {
        using var stream = new MemoryStream();
        var result = CSharpCompilation.Create(
            name, [CSharpSyntaxTree.ParseText(source)], references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary))
            .Emit(stream);
        Assert.True(result.Success, string.Join(Environment.NewLine, result.Diagnostics));
        return (stream.ToArray(), MetadataReference.CreateFromImage(stream.ToArray()));
    }
}
