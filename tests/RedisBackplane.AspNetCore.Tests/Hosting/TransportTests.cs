namespace RedisBackplane.AspNetCore.Tests.Hosting;

public sealed class TransportTests
{
    [Theory]
    [MemberData(nameof(Transports.All), MemberType = typeof(Transports))]
    public async Task HubCall_OverEachTransport_AnswersAndReachesEveryClient(string transport)
    {
        await using var host = await SignalRHost.StartAsync();
        using var first = host.Connect();
        using var second = host.Connect();
        var (firstHub, secondHub) = (first.CreateHubProxy("chat"), second.CreateHubProxy("chat"));
        var (firstInbox, secondInbox) = (new Inbox<string>(firstHub, "received"), new Inbox<string>(secondHub, "received"));
        await first.StartAsync(transport);
        await second.StartAsync(transport);

        var answer = await firstHub.Invoke<string>("Echo", "grüße ✓").WaitAsync(Wait.Limit);
        await firstHub.Invoke("Broadcast", "to all").WaitAsync(Wait.Limit);

        Assert.Equal(transport, first.Transport.Name);
        Assert.Equal("grüße ✓", answer);
        Assert.Equal("to all", await firstInbox.NextAsync());
        Assert.Equal("to all", await secondInbox.NextAsync());
    }
}
