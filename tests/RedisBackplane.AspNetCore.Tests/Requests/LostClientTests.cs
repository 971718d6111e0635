using RedisBackplane.AspNetCore.Tests.Hosting;

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

        // On the same connection to the server, whose HttpContext it uses again.
        using var bobs = await client.GetAsync(new Uri($"/signalr/ping?{SignalRHost.UserParameter}=bob&room=cellar", UriKind.Relative));

        Assert.Equal("alice in attic, request gone", await host.Journal.NextAsync("feature"));
    }
}
