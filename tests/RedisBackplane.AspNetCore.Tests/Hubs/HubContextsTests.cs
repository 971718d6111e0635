using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.AspNetCore.Tests.Hubs;

public sealed class HubContextsTests
{
    [Fact]
    public async Task HubContext_FromTheServices_ReachesClientsAndGroups()
    {
        await using var host = await SignalRHost.StartAsync();
        using var client = await ChatClient.StartAsync(host);
        var context = host.Contexts.GetHubContext<ChatHub>();

        await ((Task)context.Clients.All.received("all")).WaitAsync(Wait.Limit);
        await context.Groups.Add(client.Connection.ConnectionId, "room").WaitAsync(Wait.Limit);
        await ((Task)context.Clients.Group("room").received("room")).WaitAsync(Wait.Limit);

        Assert.Equal("all", await client.Inbox.NextAsync());
        Assert.Equal("room", await client.Inbox.NextAsync());
    }

    [Fact]
    public async Task Contexts_AskedForTwice_AreTheSame()
    {
        await using var host = await SignalRHost.StartAsync();
        var contexts = host.Contexts;

        Assert.Same(contexts.GetHubContext<ChatHub>(), contexts.GetHubContext<ChatHub>());
        Assert.Same(contexts.GetHubContext("chat"), contexts.GetHubContext("Chat"));
        Assert.Same(contexts.GetConnectionContext<EchoConnection>(), contexts.GetConnectionContext<EchoConnection>());
    }

    [Fact]
    public async Task Contexts_OfTheResolver_AreThoseOfTheServices()
    {
        await using var host = await SignalRHost.StartAsync();

        Assert.Same(
            host.Contexts,
            host.Resolver.Resolve<IConnectionManager>());
    }

    [Fact]
    public async Task HubContext_AskedForInAnotherSpellingFirst_ReachesClientsInAny()
    {
        await using var host = await SignalRHost.StartAsync();
        using var client = await ChatClient.StartAsync(host);
        var contexts = host.Contexts;

        await ((Task)contexts.GetHubContext("CHAT").Clients.All.received("wrong")).WaitAsync(Wait.Limit);
        await ((Task)contexts.GetHubContext("chat").Clients.All.received("right")).WaitAsync(Wait.Limit);

        Assert.Equal(["wrong", "right"], await client.Inbox.UntilAsync("right"));
    }

    [Fact]
    public async Task HubContext_OfAnUnknownHub_SaysSoInSignalRsWords()
    {
        await using var host = await SignalRHost.StartAsync();
        var contexts = host.Contexts;

        var exception = Assert.Throws<InvalidOperationException>(() => contexts.GetHubContext("nosuchhub"));

        Assert.Contains("nosuchhub", exception.Message, StringComparison.Ordinal);
    }
}
