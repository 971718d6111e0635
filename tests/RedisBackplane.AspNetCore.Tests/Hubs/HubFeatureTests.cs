using Microsoft.AspNet.SignalR.Client;
using Cookie = System.Net.Cookie;
using HubException = Microsoft.AspNet.SignalR.Client.HubException;

namespace RedisBackplane.AspNetCore.Tests.Hubs;

public sealed class HubFeatureTests
{
    [Theory, EachTransport]
    public async Task State_ChangedByTheHub_ReturnsToTheClient(string transport)
    {
        await using var host = await SignalRHost.StartAsync();
        using var client = await ChatClient.StartAsync(host, transport, hub: "FeatureHub");
        client.Hub["count"] = 41;

        await client.CallAsync("CountUp");

        Assert.Equal(42, (int)client.Hub["count"]!);
    }

    [Theory, EachTransport]
    public async Task Progress_ReportedByTheHub_ArrivesInOrder(string transport)
    {
        await using var host = await SignalRHost.StartAsync();
        using var client = await ChatClient.StartAsync(host, transport, hub: "FeatureHub");
        var steps = new Inbox<int>();

        var call = client.Hub.Invoke<string, int>("Work", steps.Add, 3);

        Assert.Equal([1, 2, 3], await steps.UntilAsync(3));
        host.Journal.Write("work may end", "done");
        Assert.Equal("done", await call.WaitAsync(Wait.Limit));
    }

    [Fact]
    public async Task HubException_Thrown_IsToldWithItsData()
    {
        await using var host = await SignalRHost.StartAsync();
        using var client = await ChatClient.StartAsync(host, hub: "FeatureHub");

        var exception = await Assert.ThrowsAsync<HubException>(() => client.CallAsync("ThrowHubException"));

        Assert.Equal("told", exception.Message);
        Assert.Contains("7", exception.ErrorData.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Exception_Thrown_IsToldWithDetailedErrorsOnly(bool detailed)
    {
        await using var host = await SignalRHost.StartAsync(options => options.EnableDetailedErrors = detailed);
        using var client = await ChatClient.StartAsync(host, hub: "FeatureHub");

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => client.CallAsync("Throw", "secret"));

        Assert.Equal(detailed, exception.Message.Contains("secret", StringComparison.Ordinal));
    }

    [Theory, EachTransport]
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
