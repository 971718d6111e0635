using System.Reflection;
using System.Reflection.Emit;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using RedisBackplane.AspNetCore.Tests.Hosting;
using RedisBackplane.AspNetCore.Tests.TestHubs;

namespace RedisBackplane.AspNetCore.Tests.Hubs;

public sealed class TypedHubsTests
{
    [Fact]
    public void MapClassicSignalR_WithATypedHub_SaysThatItCannotWork()
    {
        var exception = Assert.Throws<NotSupportedException>(
            () => SignalRHost.Build(options => options.HubAssemblies.Add(AssemblyWithTypedHub())));

        Assert.Contains("Sports.ScoreHub is a Hub<IScoreClient>", exception.Message, StringComparison.Ordinal);
        Assert.Contains(".NET 10", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetHubContext_WithATypedClient_SaysThatItCannotWork()
    {
        await using var host = await SignalRHost.StartAsync();
        var contexts = host.Services.GetRequiredService<IConnectionManager>();

        var exception = Assert.Throws<NotSupportedException>(() => contexts.GetHubContext<ChatHub, IScoreClient>());

        Assert.Contains(nameof(IScoreClient), exception.Message, StringComparison.Ordinal);
    }

    // Made at run time: in this assembly it would be refused by every host of these tests.
    private static AssemblyBuilder AssemblyWithTypedHub()
    {
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Sports"), AssemblyBuilderAccess.Run);
        var type = assembly.DefineDynamicModule("Sports").DefineType(
            "Sports.ScoreHub", TypeAttributes.Public | TypeAttributes.Class, typeof(Hub<IScoreClient>));
        type.CreateType();
        return assembly;
    }

    public interface IScoreClient
    {
        Task Scored(int points);
    }
}
