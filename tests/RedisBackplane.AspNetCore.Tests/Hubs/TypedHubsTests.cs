using Microsoft.AspNet.SignalR.Client;

namespace RedisBackplane.AspNetCore.Tests.Hubs;

public sealed class TypedHubsTests
{
    public interface IWithProperty
    {
        int Points { get; }
    }

    public interface IWithEvent
    {
        event EventHandler Scored;
    }

    public interface IWithResult
    {
        Task<int> Scored();
    }

    public interface IWithOut
    {
        void Scored(out int points);
    }

    public interface IWithRef
    {
        void Scored(ref int points);
    }

    public interface IWithBrokenParent : IWithResult;

    public class NoInterface;

    public static TheoryData<Type, string> Broken => new()
    {
        { typeof(NoInterface), "The type T, 'NoInterface', passed to Hub<T> must be an interface." },
        { typeof(IWithProperty), "The interface 'IWithProperty' must not contain any properties." },
        { typeof(IWithEvent), "The interface 'IWithEvent' must not contain any events." },
        { typeof(IWithResult), "The return type of 'IWithResult.Scored' must be void or Task." },
        { typeof(IWithBrokenParent), "The return type of 'IWithResult.Scored' must be void or Task." },
        { typeof(IWithOut), "The 'points' parameter of 'IWithOut.Scored' must not be an out parameter." },
        { typeof(IWithRef), "The 'points' parameter of 'IWithRef.Scored' must not be a ref parameter." },
    };

    [Theory, EachTransport]
    public async Task Targets_OfATypedHub_ReachThemAndNobodyElse(string transport)
    {
        await using var host = await SignalRHost.StartAsync();
        using var ada = await ChatClient.StartAsync(host, transport, "ada", "typedHub");
        using var bob = await ChatClient.StartAsync(host, transport, "bob", "typedHub");
        var (adaId, bobId) = (ada.Connection.ConnectionId, bob.Connection.ConnectionId);
        await bob.CallAsync("Join", "room");

        (string Method, object[] More, ChatClient Receiver)[] calls =
        [
            ("ToCaller", [], ada), ("ToOthers", [], bob), ("ToAllExcept", [adaId], bob), ("ToClient", [bobId], bob),
            ("ToClients", [new[] { bobId }], bob), ("ToUser", ["bob"], bob), ("ToUsers", [new[] { "bob" }], bob),
            ("ToGroup", ["room"], bob), ("ToGroups", [new[] { "room" }], bob), ("ToOthersInGroup", ["room"], bob),
        ];
        foreach (var (method, more, receiver) in calls)
        {
            await ada.CallAsync(method, [method, .. more]);
            Assert.Equal(method, await receiver.Inbox.NextAsync());
        }

        await bob.CallAsync("ToOthersInGroup", "nobody", "room");
        await ada.CallAsync("ToAll", "end");

        Assert.Equal("end", await ada.Inbox.NextAsync());
        Assert.Equal("end", await bob.Inbox.NextAsync());
    }

    [Fact]
    public async Task Methods_OfTheInterface_AreMessagesOfTheirNamesAndArguments()
    {
        await using var host = await SignalRHost.StartAsync();
        using var client = new ChatClient(host, hub: "typedHub");
        var left = new Inbox<string>(client.Hub, "left");
        var many = new Inbox<string>();
        client.Hub.On<int, string[]>("Many", (number, texts) => many.Add($"{number}: {string.Join(' ', texts)}"));
        client.Hub["count"] = 41;
        await client.StartAsync("webSockets");

        await client.CallAsync("Leave", "bob");
        await client.CallAsync("Many");

        Assert.Equal("bob", await left.NextAsync());
        Assert.Equal("2: one two", await many.NextAsync());
        Assert.Equal(42, await client.AskAsync<int>("CountUp"));
        Assert.Equal(42, client.Hub.GetValue<int>("count"));
    }

    [Fact]
    public async Task TypedContexts_ByTypeAndByName_ReachClientsAndAreMadeOnce()
    {
        await using var host = await SignalRHost.StartAsync();
        using var client = await ChatClient.StartAsync(host, user: "ada", hub: "typedHub");
        var contexts = host.Contexts;
        var context = contexts.GetHubContext<TypedHub, IReader>();

        await context.Groups.Add(client.Connection.ConnectionId, "room").WaitAsync(Wait.Limit);
        await context.Clients.Group("room").Received("group").WaitAsync(Wait.Limit);
        Assert.Equal("group", await client.Inbox.NextAsync());
        await contexts.GetHubContext<IReader>("typedHub").Clients.User("ada").Received("user").WaitAsync(Wait.Limit);
        Assert.Equal("user", await client.Inbox.NextAsync());
        await contexts.GetHubContext<ChatHub, IReader>().Clients.All.Received("another hub").WaitAsync(Wait.Limit);
        await context.Clients.All.Received("end").WaitAsync(Wait.Limit);

        Assert.Equal("end", await client.Inbox.NextAsync());
        Assert.Same(context, contexts.GetHubContext<TypedHub, IReader>());
        Assert.Same(context, contexts.GetHubContext<IReader>("TYPEDHUB"));
        Assert.Same(context.Groups, contexts.GetHubContext<TypedHub>().Groups);
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void MapClassicSignalR_WithAClientThatBreaksARule_SaysWhich(Type client, string rule)
    {
        var hub = typeof(BrokenHub<>).MakeGenericType(client);

        var exception = Assert.Throws<InvalidOperationException>(() => SignalRHost.Build(
            services: services => services.AddClassicSignalR().ConfigureResolver(
                (_, resolver) => resolver.Register(typeof(IHubDescriptorProvider), () => new OneHub(hub)))));

        Assert.Equal(rule, exception.Message);
    }

    [Fact]
    public async Task GetHubContext_WithAClientThatBreaksARule_SaysWhich()
    {
        await using var host = await SignalRHost.StartAsync();
        var contexts = host.Contexts;

        var exception = Assert.Throws<InvalidOperationException>(() => contexts.GetHubContext<ChatHub, IWithProperty>());

        Assert.Equal("The interface 'IWithProperty' must not contain any properties.", exception.Message);
    }

    // Not public, so that no other host of these tests finds it.
    private sealed class BrokenHub<T> : Hub<T>
        where T : class;

    private sealed class OneHub(Type hub) : IHubDescriptorProvider
    {
        private readonly HubDescriptor _descriptor = new() { Name = "Broken", HubType = hub };

        public IList<HubDescriptor> GetHubs() => [_descriptor];

        public bool TryGetHub(string hubName, out HubDescriptor descriptor)
        {
            descriptor = _descriptor;
            return hubName == descriptor.Name;
        }
    }
}
