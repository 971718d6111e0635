using Microsoft.AspNet.SignalR.Client;
using Newtonsoft.Json.Linq;
using HubException = Microsoft.AspNet.SignalR.Client.HubException;

namespace RedisBackplane.AspNetCore.Tests.Moved;

/// <summary>
/// One application before and after its move: the same hub files, the same clients, the same answers. Each case starts
/// the application.
/// </summary>
public abstract class MovedApplicationSpecification(bool moved, bool backplane)
{
    [SkippableTheory]
    [InlineData("serverSentEvents")]
    [InlineData("longPolling")]
    public Task Application_OverARequestForEachDirection_ServesTheSameClients(string transport) => ServesTheSameClientsAsync(transport);

    protected async Task ServesTheSameClientsAsync(string transport)
    {
        var skip = ApplicationProcess.SkipReason(moved) ?? (backplane ? TestRedisSource.SkipReason : null);
        Skip.If(skip is not null, skip);
        string[] farm = backplane ? [(await RedisTestServer.GetSharedAsync()).ConnectionString, AppNames.Unique("moved")] : [];
        using var application = await ApplicationProcess.StartAsync(moved, farm);
        using var ada = new Client(application, "ada");
        using var bob = new Client(application, "bob");
        await ada.StartAsync(transport);
        await bob.StartAsync(transport);

        Assert.Equal("ada", await ada.Welcome.NextAsync());
        await TradeAsync(ada, bob);
        await ReportAsync(ada, isOrdered: moved || backplane);
        await TalkAsync(ada, bob);
        await EchoAsync(application, transport);
    }

    private static async Task TradeAsync(Client ada, Client bob)
    {
        var quote = Assert.Single(await ada.Trading.Invoke<JArray>("GetQuotes").WaitAsync(Wait.Limit));
        Assert.Equal("MSFT 30.31", $"{quote["Symbol"]} {quote["Price"]}");

        await bob.Trading.Invoke("Watch", "MSFT").WaitAsync(Wait.Limit);
        await ada.Trading.Invoke("SetPrice", "MSFT", 31.5m).WaitAsync(Wait.Limit);
        Assert.Equal("MSFT 31.5", await bob.Priced.NextAsync());

        await ada.Trading.Invoke("Close").WaitAsync(Wait.Limit);
        Assert.True(await ada.Closed.NextAsync());
        Assert.True(await bob.Closed.NextAsync());
        Assert.Empty(ada.Priced.Rest());
    }

    private static async Task ReportAsync(Client ada, bool isOrdered)
    {
        // In stock SignalR the result overtakes the reports.
        var reports = isOrdered ? 50 : 0;
        var progress = new Inbox<int>();

        progress.Add(-await ada.Trading.Invoke<int, int>("Trade", progress.Add, reports).WaitAsync(Wait.Limit));

        Assert.Equal([.. Enumerable.Range(1, reports), -1], await progress.UntilAsync(-1));
    }

    private static async Task TalkAsync(Client ada, Client bob)
    {
        ada.Forum["name"] = "ada";
        await ada.Forum.Invoke("Rename", "lovelace").WaitAsync(Wait.Limit);
        Assert.Equal("lovelace", ada.Forum.GetValue<string>("name"));
        Assert.Equal("ada", ada.Forum.GetValue<string>("renamedFrom"));

        await ada.Forum.Invoke("Whisper", "bob", "hello").WaitAsync(Wait.Limit);
        Assert.Equal("hello", await bob.Heard.NextAsync());

        var exception = await Assert.ThrowsAsync<HubException>(() => ada.Forum.Invoke("Fail").WaitAsync(Wait.Limit));
        Assert.Equal("no", exception.Message);
        Assert.Equal(7, ((JObject)exception.ErrorData)["code"]!.Value<int>());
        Assert.Equal("from ada", await ada.Forum.Invoke<string>("Header", "X-Test").WaitAsync(Wait.Limit));

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => ada.Forum.Invoke("NoSuchMethod").WaitAsync(Wait.Limit));
        Assert.Contains("NoSuchMethod", error.Message, StringComparison.Ordinal);
    }

    private static async Task EchoAsync(ApplicationProcess application, string transport)
    {
        using var connection = new Connection(new Uri(application.Address, "/echo").ToString());
        var received = new Inbox<string>();
        connection.Received += received.Add;
        await connection.StartAsync(transport);

        await connection.Send("hello").WaitAsync(Wait.Limit);

        Assert.Equal("echo hello", await received.NextAsync());
    }

    private sealed class Client : IDisposable
    {
        private readonly HubConnection _connection;

        public Client(ApplicationProcess application, string user)
        {
            var query = new Dictionary<string, string> { ["user"] = user };
            _connection = new HubConnection(new Uri(application.Address, "/signalr").ToString(), query, useDefaultUrl: false);
            _connection.Headers.Add("X-Test", $"from {user}");
            (Trading, Forum) = (_connection.CreateHubProxy("trading"), _connection.CreateHubProxy("forumHub"));
            Trading.On<string, decimal>("Priced", (symbol, price) => Priced.Add(FormattableString.Invariant($"{symbol} {price}")));
            Trading.On("Closed", () => Closed.Add(true));
            Forum.On<string>("welcome", Welcome.Add);
            Forum.On<string>("heard", Heard.Add);
        }

        public IHubProxy Trading { get; }

        public IHubProxy Forum { get; }

        public Inbox<string> Priced { get; } = new();

        public Inbox<bool> Closed { get; } = new();

        public Inbox<string> Welcome { get; } = new();

        public Inbox<string> Heard { get; } = new();

        public Task StartAsync(string transport) => _connection.StartAsync(transport);

        public void Dispose() => _connection.Dispose();
    }
}
