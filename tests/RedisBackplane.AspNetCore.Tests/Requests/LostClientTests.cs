namespace RedisBackplane.AspNetCore.Tests.Requests;

public sealed class LostClientTests
{
    [Fact]
    public async Task OnDisconnected_LongAfterTheRequestEnded_SeesThatRequestAndNoOther()
    {
        await using var host = await SignalRHost.StartAsync(options => options.DisconnectTimeout = TimeSpan.FromSeconds(6));
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 1 };
        using var client = new HttpClient(handler) { BaseAddress = host.Address };
        const string Alice = $"&{SignalRHost.UserParameter}=alice&room=attic";
        await using var connection = await RawConnection.NegotiateAsync(client, "longPolling", "FeatureHub", Alice);
        await connection.ConnectAsync(Alice);
        await connection.ToEndAsync();
        await connection.StartAsync(Alice);

        // On the same connection to the server, which reuses its HttpContext.
        using var bobs = await client.GetAsync(new Uri($"/signalr/ping?{SignalRHost.UserParameter}=bob&room=cellar", UriKind.Relative));

        Assert.Equal("alice in attic, request gone", await host.Journal.NextAsync("feature"));
    }

    [Theory, EachTransport]
    public async Task Client_ThatIsClosedAbruptly_IsNoErrorInTheLog(string transport)
    {
        var logs = new CapturedLogs();
        await using var host = await SignalRHost.StartAsync(
            services: services => services.AddSingleton(logs.Provider));
        await using var wire = TcpProxy.Start(host.Address.Host, host.Address.Port);
        using var client = new ChatClient(wire);
        await client.StartAsync(transport);
        await host.ListensAsync(client.Connection.ConnectionId);
        while (await host.Journal.NextAsync("ended") != "/signalr/start")
        {
            // The beginning of the stream.
        }

        wire.RefuseNew();
        wire.CutAll();

        await host.Journal.NextAsync("ended");
        await host.DisposeAsync();
        Assert.DoesNotContain(logs.Rest(), log => log.Level >= LogLevel.Error);
    }
}
