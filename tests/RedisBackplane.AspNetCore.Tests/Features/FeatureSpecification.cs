using System.Text.Json;

namespace RedisBackplane.AspNetCore.Tests.Features;

/// <summary>
/// What docs/hosting-aspnetcore.md promises to an application that moves: over each transport, with and without a
/// backplane, with the own parts and with SignalR's.
/// </summary>
public abstract class FeatureSpecification(FeatureFarm farm, bool backplane, bool stock)
{
    private const string Hubs = "chat,FeatureHub,TypedHub,GuardedHub,LifeHub,ModernHub,TickerHub";

    // Of its own in each case: the hosts are shared.
    private readonly string _name = Guid.NewGuid().ToString("N");

    [SkippableTheory, EachTransport(WithForeverFrame = true)]
    public async Task Clients_OfEachTarget_GetWhatIsForThemAlone(string transport)
    {
        await using var ada = await ConnectAsync(transport, "ada");
        await using var bob = await ConnectAsync(transport, "bob", second: true);

        await ada.CallAsync("chat", "SendToCaller", "caller");
        await ada.CallAsync("chat", "SendToOthers", "others");
        await ada.CallAsync("chat", "SendToClient", bob.Id, "client");
        await ada.CallAsync("chat", "SendToUser", $"bob{_name}", "user");
        await bob.CallAsync("chat", "Join", _name);
        await ada.CallAsync("chat", "SendToGroup", _name, "group");
        await bob.CallAsync("chat", "Leave", _name);
        await ada.CallAsync("chat", "SendToGroup", _name, "nobody");
        await ada.CallAsync("chat", "Broadcast", "end");

        await HasAsync(ada, "received(caller)", "received(end)");
        await HasAsync(bob, "received(others)", "received(client)", "received(user)", "received(group)", "received(end)");
    }

    [SkippableTheory, EachTransport(WithForeverFrame = true)]
    public async Task TypedClients_OfEachTarget_GetWhatIsForThemAlone(string transport)
    {
        await using var ada = await ConnectAsync(transport, "ada");
        await using var bob = await ConnectAsync(transport, "bob", second: true);
        await bob.CallAsync("TypedHub", "Join", _name);

        await ada.CallAsync("TypedHub", "ToCaller", "caller");
        await ada.CallAsync("TypedHub", "ToClients", "clients", new[] { bob.Id });
        await ada.CallAsync("TypedHub", "ToUsers", "users", new[] { $"bob{_name}" });
        await ada.CallAsync("TypedHub", "ToGroups", "groups", new[] { _name });
        await ada.CallAsync("TypedHub", "ToOthersInGroup", "others", _name);
        await ada.CallAsync("TypedHub", "ToAllExcept", "except", bob.Id);
        await ada.CallAsync("TypedHub", "Many");
        await ada.CallAsync("TypedHub", "Leave", "end");

        await HasAsync(ada, "Received(caller)", "Received(except)", """Many(2, ["one","two"])""", "Left(end)");
        await HasAsync(bob, "Received(clients)", "Received(users)", "Received(groups)", "Received(others)", "Left(end)");
    }

    [SkippableTheory, EachTransport(WithForeverFrame = true)]
    public async Task Progress_OfACall_ArrivesAllInOrderBeforeTheResult(string transport)
    {
        const int Reports = 100;
        var (first, second) = await farm.GetAsync(backplane, stock);
        // Calls of other transports than WebSockets may go to another server than the stream.
        await using var client = await WireClient.ConnectAsync(first, transport, Hubs, callees: second);

        var result = await client.CallAsync("FeatureHub", "Report", Reports);

        Assert.Equal(-1, result.GetInt32());
        Assert.Equal(
            [.. Enumerable.Range(1, Reports).Select(step => $"1: {step}"), "1 answered"], await client.Answers.UntilAsync("1 answered"));
    }

    [SkippableTheory, EachTransport(WithForeverFrame = true)]
    public async Task State_ChangedByAHub_ReturnsToTheClient(string transport)
    {
        await using var client = await ConnectAsync(transport, "ada");

        var answer = await client.AskAsync("FeatureHub", "CountUp", new { count = 41 });

        Assert.Equal(42, answer.GetProperty("S").GetProperty("count").GetInt32());
    }

    [SkippableTheory, EachTransport(WithForeverFrame = true)]
    public async Task Failures_OfCalls_AreToldAsFarAsTheyMay(string transport)
    {
        await using var client = await ConnectAsync(transport, "ada");
        await using var detailed = await ConnectAsync(transport, "ada", path: "/live");

        var told = await Assert.ThrowsAsync<HubCallException>(() => client.CallAsync("FeatureHub", "ThrowHubException"));
        var hidden = await Assert.ThrowsAsync<HubCallException>(() => client.CallAsync("FeatureHub", "Throw", "secret"));
        var shown = await Assert.ThrowsAsync<HubCallException>(() => detailed.CallAsync("FeatureHub", "Throw", "secret"));

        Assert.Equal(("told", """{"code":7}"""), (told.Message, told.ErrorData));
        Assert.DoesNotContain("secret", hidden.Message, StringComparison.Ordinal);
        Assert.Equal("secret", shown.Message);
    }

    [SkippableTheory, EachTransport(WithForeverFrame = true)]
    public async Task Authorize_OnHubAndMethod_LetsInWhomItAllows(string transport)
    {
        await using var user = await ConnectAsync(transport, "ada");
        await using var admin = await ConnectAsync(transport, "bob", roles: "/admin");

        Assert.Equal("open", (await user.CallAsync("GuardedHub", "Open")).GetString());
        Assert.Equal("admin", (await admin.CallAsync("GuardedHub", "AdminsOnly")).GetString());
        await Assert.ThrowsAsync<HubCallException>(() => user.CallAsync("GuardedHub", "AdminsOnly"));
    }

    [SkippableTheory, EachTransport(WithForeverFrame = true)]
    public async Task PipelineModule_OfTheApplication_SeesCallsAndMessages(string transport)
    {
        await using var client = await ConnectAsync(transport, "ada");

        var answer = await client.CallAsync("chat", "Echo", MarkModule.Word);
        await client.CallAsync("chat", "SendToClient", client.Id, "please " + MarkModule.Word);

        Assert.Equal("marked on its way in", answer.GetString());
        Assert.Equal("received(marked on its way out)", await client.Inbox.NextAsync());
    }

    [SkippableTheory, EachTransport(WithForeverFrame = true)]
    public async Task Request_AsAHubSeesIt_IsThatOfTheClient(string transport)
    {
        await using var client = await ConnectAsync(transport, "ada");

        Assert.Equal($"ada{_name}", (await client.CallAsync("FeatureHub", "User")).GetString());
        Assert.Equal("attic", (await client.CallAsync("FeatureHub", "Query", "room")).GetString());
        Assert.Equal("127.0.0.1", (await client.CallAsync("FeatureHub", "Environment", "server.RemoteIpAddress")).GetString());
        Assert.NotEqual(JsonValueKind.Undefined, (await client.CallAsync("FeatureHub", "TraceIdentifier")).ValueKind);
    }

    [SkippableTheory, EachTransport(WithForeverFrame = true)]
    public async Task HubContext_OfTheServices_ReachesTheClientsOfAllServers(string transport)
    {
        var (first, _) = await farm.GetAsync(backplane, stock);
        await using var client = await ConnectAsync(transport, "ada", second: true);
        var clients = first.Contexts.GetHubContext<ChatHub>().Clients;

        await (Task)clients.User($"ada{_name}").received("from outside");

        Assert.Equal("received(from outside)", await client.Inbox.NextAsync());
    }

    [SkippableTheory, EachTransport(WithForeverFrame = true)]
    public async Task Hub_WithServicesAndValueTasks_IsServed(string transport)
    {
        await using var client = await ConnectAsync(transport, "ada");

        Assert.Equal(5, (await client.CallAsync("ModernHub", "Sum", 2, 3)).GetInt32());
        Assert.NotEqual(
            (await client.CallAsync("LifeHub", "Number")).GetInt32(), (await client.CallAsync("LifeHub", "Number")).GetInt32());
    }

    [SkippableTheory, EachTransport(WithForeverFrame = true)]
    public async Task PersistentConnection_WithAGroup_IsServed(string transport)
    {
        var (first, second) = await farm.GetAsync(backplane, stock);
        await using var ada = await WireClient.ConnectAsync(first, transport, string.Empty, path: "/echo");
        await using var bob = await WireClient.ConnectAsync(second, transport, string.Empty, path: "/echo");
        Assert.Equal("welcome", await bob.Inbox.NextAsync());

        await ada.SendAsync("hello");
        await ada.SendAsync($"group:{_name}");

        await HasAsync(ada, "welcome", "echo:hello", _name);
        Assert.Equal([_name], await bob.Inbox.UntilAsync(_name));
    }

    [SkippableTheory, EachTransport(WithForeverFrame = true)]
    public async Task Page_OfAnAllowedOrigin_IsServed(string transport)
    {
        var (first, _) = await farm.GetAsync(backplane, stock);
        await using var page = await WireClient.ConnectAsync(first, transport, Hubs, origin: FeatureFarm.Origin);
        await using var friend = await WireClient.ConnectAsync(first, transport, Hubs, path: "/cors", origin: FeatureFarm.CorsOrigin);

        Assert.Equal("hello", (await page.CallAsync("chat", "Echo", "hello")).GetString());
        Assert.Equal("hello", (await friend.CallAsync("chat", "Echo", "hello")).GetString());
    }

    [SkippableTheory, EachTransport(WithForeverFrame = true)]
    public async Task Resolver_OfAPath_ServesThatPathAlone(string transport)
    {
        await using var ada = await ConnectAsync(transport, "ada", path: "/own");
        await using var bob = await ConnectAsync(transport, "bob", second: true, path: "/own");
        await using var elsewhere = await ConnectAsync(transport, "eve");

        Assert.Equal("container", (await ada.CallAsync("TickerHub", "Name")).GetString());
        Assert.Equal("registered", (await elsewhere.CallAsync("TickerHub", "Name")).GetString());
        await ada.CallAsync("chat", "Broadcast", _name);
        await elsewhere.CallAsync("chat", "SendToClient", elsewhere.Id, "here");

        await bob.Inbox.UntilAsync($"received({_name})");
        Assert.DoesNotContain($"received({_name})", await elsewhere.Inbox.UntilAsync("received(here)"));
    }

    [SkippableTheory, EachTransport(WithForeverFrame = true)]
    public async Task Traces_OfAConnection_GoToTheLoggers(string transport)
    {
        await using var client = await ConnectAsync(transport, "ada");

        var entry = await farm.Logs.NextAsync(
            log => log.Category == "SignalR.Transports.TransportHeartBeat" && log.Message.Contains(client.Id, StringComparison.Ordinal));

        Assert.Equal(LogLevel.Information, entry.Level);
    }

    [SkippableTheory, EachTransport(WithForeverFrame = true)]
    public async Task Large_TextsAndManyMessages_ArriveWholeAndInOrder(string transport)
    {
        const int Count = 200;
        await using var client = await ConnectAsync(transport, "ada");
        var text = string.Concat(Enumerable.Repeat("ü<✓>\u2028", 1500));

        var answer = await client.CallAsync("chat", "Echo", text);
        await client.CallAsync("chat", "SendToCaller", text);
        await client.CallAsync("chat", "Count", Count);

        Assert.Equal(text, answer.GetString());
        Assert.Equal(
            [$"received({text})", .. Enumerable.Range(1, Count).Select(number => $"received({number})")],
            await client.Inbox.UntilAsync(FormattableString.Invariant($"received({Count})")));
    }

    [SkippableTheory, EachTransport(WithForeverFrame = true)]
    public async Task Stop_OfAClient_RaisesOnDisconnectedWithStopCalledOnce(string transport)
    {
        var (first, second) = await farm.GetAsync(backplane, stock);
        await using var client = await WireClient.ConnectAsync(first, transport, string.Empty, path: "/echo", callees: second);
        await first.ListensAsync(client.Id);
        while (first.Journal.TryNext("disconnected") is not null)
        {
            // Of the clients of earlier cases.
        }

        await client.AbortAsync();

        while (await first.Journal.NextAsync("disconnected") is { } entry && entry != $"{client.Id} True")
        {
            Assert.DoesNotContain(client.Id, entry, StringComparison.Ordinal);
        }
    }

    // The backplane keeps the order of all messages; SignalR's own bus keeps that of messages to one target.
    private async Task HasAsync(WireClient client, params string[] expected)
    {
        if (backplane)
        {
            Assert.Equal(expected, await client.Inbox.UntilAsync(expected[^1]));
        }
        else
        {
            await client.Inbox.HasAsync(expected);
        }
    }

    private async Task<WireClient> ConnectAsync(
        string transport, string user, bool second = false, string roles = "", string path = "/signalr")
    {
        var hosts = await farm.GetAsync(backplane, stock);
        return await WireClient.ConnectAsync(
            second ? hosts.Second : hosts.First, transport, Hubs, $"&{SignalRHost.UserParameter}={user}{_name}{roles}&room=attic", path);
    }
}

public sealed class OwnPartsFeatures(FeatureFarm farm)
    : FeatureSpecification(farm, backplane: false, stock: false), IClassFixture<FeatureFarm>;

[NeedsRedis]
public sealed class OwnPartsOnAFarmFeatures(FeatureFarm farm)
    : FeatureSpecification(farm, backplane: true, stock: false), IClassFixture<FeatureFarm>;

public sealed class StockPartsFeatures(FeatureFarm farm)
    : FeatureSpecification(farm, backplane: false, stock: true), IClassFixture<FeatureFarm>;

[NeedsRedis]
public sealed class StockPartsOnAFarmFeatures(FeatureFarm farm)
    : FeatureSpecification(farm, backplane: true, stock: true), IClassFixture<FeatureFarm>;
