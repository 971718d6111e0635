using Microsoft.AspNetCore.DataProtection;

namespace RedisBackplane.AspNetCore.Tests.Farm;

/// <summary>A client of long polling whose polls go to two servers in turn.</summary>
public sealed class StopCalledTests
{
    [SkippableFact]
    public async Task OnDisconnected_OfAClientThatMovedOn_SaysStopCalledOnlyWhereItStopped()
    {
        Skip.If(TestRedisSource.SkipReason is not null, TestRedisSource.SkipReason);
        var redis = (await RedisTestServer.GetSharedAsync()).ConnectionString;
        var (keys, name) = (new EphemeralDataProtectionProvider(), AppNames.Unique("stop"));
        await using var first = await StartAsync(redis, name, keys);
        await using var second = await StartAsync(redis, name, keys);
        await using var begun = await RawConnection.NegotiateAsync(first.Client, "longPolling");
        await begun.ConnectAsync();
        var cursor = CursorOf(await begun.ToEndAsync());
        await begun.StartAsync();
        var id = await first.Journal.NextAsync("connected");

        // The first server receives nothing more from the client, which continues at the second.
        var moved = begun.At(second.Client);
        var polling = PollAsync(second, moved, cursor);
        Assert.Equal($"{id} lost", await first.Journal.NextAsync("disconnected"));
        Assert.Null(second.Journal.TryNext("disconnected"));

        using var stop = await first.Client.PostAsync(begun.Url("abort"), content: null);

        Assert.Equal($"{id} stopped", await second.Journal.NextAsync("disconnected"));
        await polling.WaitAsync(Wait.Limit);
        Assert.Null(first.Journal.TryNext("disconnected"));
    }

    private static async Task PollAsync(SignalRHost host, RawConnection connection, string cursor)
    {
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("messageId", cursor)]);
        using var response = await host.Client.PostAsync(connection.Url("poll"), form);
        response.EnsureSuccessStatusCode();
    }

    private static string CursorOf(string response) =>
        System.Text.Json.JsonDocument.Parse(response).RootElement.GetProperty("C").GetString()!;

    private static Task<SignalRHost> StartAsync(string redis, string name, IDataProtectionProvider keys) => SignalRHost.StartOnRedisAsync(
        redis, name, keys, options => (options.DisconnectTimeout, options.KeepAlive) = (TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(2)));
}
