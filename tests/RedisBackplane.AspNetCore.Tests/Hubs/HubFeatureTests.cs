using System.Net;
using Microsoft.AspNet.SignalR.Client;

namespace RedisBackplane.AspNetCore.Tests.Hubs;

public sealed class HubFeatureTests
{
    [Theory]
    [MemberData(nameof(ClientTransports.All), MemberType = typeof(ClientTransports))]
    public async Task State_ChangedByTheHub_ReturnsToTheClient(string transport)
    {
        await using var host = await SignalRHost.StartAsync();
        using var connection = host.Connect();
        var hub = connection.CreateHubProxy("FeatureHub");
        await connection.StartAsync(transport);
        hub["count"] = 41;

        await hub.Invoke("CountUp").WaitAsync(Wait.Limit);

        Assert.Equal(42, (int)hub["count"]!);
    }

    [Theory]
    [MemberData(nameof(ClientTransports.All), MemberType = typeof(ClientTransports))]
    public async Task Progress_ReportedByTheHub_ArrivesInOrder(string transport)
    {
        await using var host = await SignalRHost.StartAsync();
        using var connection = host.Connect();
        var hub = connection.CreateHubProxy("FeatureHub");
        var steps = new Inbox<int>();
        await connection.StartAsync(transport);

        var call = hub.Invoke<string, int>("Work", steps.Add, 3);

        Assert.Equal([1, 2, 3], await steps.UntilAsync(3));
        host.Journal.Write("work may end", "done");
        Assert.Equal("done", await call.WaitAsync(Wait.Limit));
    }

    [Fact]
    public async Task HubException_Thrown_IsToldWithItsData()
    {
        await using var host = await SignalRHost.StartAsync();
        using var connection = host.Connect();
        var hub = connection.CreateHubProxy("FeatureHub");
        await connection.StartAsync("webSockets");

        var exception = await Assert.ThrowsAsync<HubException>(() => hub.Invoke("ThrowHubException").WaitAsync(Wait.Limit));

        Assert.Equal("told", exception.Message);
        Assert.Contains("7", exception.ErrorData.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Exception_Thrown_IsToldWithDetailedErrorsOnly(bool detailed)
    {
        await using var host = await SignalRHost.StartAsync(options => options.EnableDetailedErrors = detailed);
        using var connection = host.Connect();
        var hub = connection.CreateHubProxy("FeatureHub");
        await connection.StartAsync("webSockets");

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => hub.Invoke("Throw", "secret").WaitAsync(Wait.Limit));

        Assert.Equal(detailed, exception.Message.Contains("secret", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(ClientTransports.All), MemberType = typeof(ClientTransports))]
    public async Task Request_AsTheHubSeesIt_IsThatOfTheClient(string transport)
    {
        await using var host = await SignalRHost.StartAsync();
        using var connection = new HubConnection(new Uri(host.Address, "/signalr").ToString(), "room=b%20%26%20c", useDefaultUrl: false);
        connection.Headers.Add("X-Test", "header");
        connection.CookieContainer = new CookieContainer();
        connection.CookieContainer.Add(host.Address, new Cookie("session", "s1"));
        var hub = connection.CreateHubProxy("FeatureHub");
        await connection.StartAsync(transport);

        Assert.Equal("b & c", await hub.Invoke<string>("Query", "room"));
        Assert.Equal("header", await hub.Invoke<string>("Header", "x-test"));
        Assert.Equal("s1", await hub.Invoke<string>("Cookie", "session"));
        Assert.Equal("127.0.0.1", await hub.Invoke<string>("Environment", "server.RemoteIpAddress"));
        Assert.StartsWith(host.Address.ToString(), await hub.Invoke<string>("Url"), StringComparison.Ordinal);
        Assert.NotEmpty(await hub.Invoke<string>("TraceIdentifier"));
        Assert.Null(await hub.Invoke<string?>("Query", "absent"));
    }

    [Theory]
    [InlineData("hubs")]
    [InlineData("js")]
    public async Task Proxies_AskedFor_NameHubsAndMethods(string file)
    {
        await using var host = await SignalRHost.StartAsync();

        using var response = await host.Client.GetAsync(new Uri($"/signalr/{file}", UriKind.Relative));
        var script = await response.Content.ReadAsStringAsync();

        Assert.Equal("application/javascript", response.Content.Headers.ContentType!.MediaType);
        Assert.Contains("signalR.hub = $.hubConnection(\"/signalr\"", script, StringComparison.Ordinal);
        Assert.Contains("proxies['chat']", script, StringComparison.Ordinal);
        Assert.Contains("\"SendToGroup\"", script, StringComparison.Ordinal);
        Assert.Contains("proxies['featureHub']", script, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proxies_SwitchedOff_AreNotServed()
    {
        await using var host = await SignalRHost.StartAsync(options => options.EnableJavaScriptProxies = false);

        var script = await host.Client.GetStringAsync(new Uri("/signalr/hubs", UriKind.Relative));

        Assert.DoesNotContain("proxies['chat']", script, StringComparison.Ordinal);
    }
}
