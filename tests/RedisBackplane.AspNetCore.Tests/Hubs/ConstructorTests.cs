using Microsoft.AspNet.SignalR.Client;
using RedisBackplane.AspNetCore.Hubs;
using RedisBackplane.AspNetCore.Services;

namespace RedisBackplane.AspNetCore.Tests.Hubs;

public sealed class ConstructorTests
{
    [Theory, EachTransport]
    public async Task TutorialsConstructors_WithoutTheService_TakeTheSingleton(string transport)
    {
        await using var host = await SignalRHost.StartAsync();

        Assert.Equal("singleton", await AskAsync(host, "TickerHub", "Name", transport));
    }

    [Fact]
    public async Task TutorialsConstructors_WithTheService_TakeIt()
    {
        await using var host = await SignalRHost.StartAsync(services: services => services.AddSingleton(Ticker.Named("service")));

        Assert.Equal("service", await AskAsync(host, "TickerHub", "Name"));
    }

    [Fact]
    public async Task Constructors_OfWhichSomeCannotBeSatisfied_AreTriedFromTheRichest()
    {
        await using var without = await SignalRHost.StartAsync();
        await using var with = await SignalRHost.StartAsync(services: services => services.AddSingleton(Ticker.Named("service")));

        Assert.Equal("journal", await AskAsync(without, "ChoosyHub", "Made"));
        Assert.Equal("service 7", await AskAsync(with, "ChoosyHub", "Made"));
    }

    [Theory, EachTransport]
    public async Task Call_OfAHubThatCannotBeMade_IsAnsweredWithTheReason(string transport)
    {
        await using var host = await SignalRHost.StartAsync(options => options.EnableDetailedErrors = true);

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsync(host, "NeedyHub", "Name", transport));

        Assert.Contains(nameof(NeedyHub), exception.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(Ticker), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_OfAHubThatCannotBeMade_TellsNoDetailsUnlessAllowed()
    {
        var logs = new CapturedLogs();
        await using var host = await SignalRHost.StartAsync(services: services => services.AddSingleton(logs.Provider));

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsync(host, "NeedyHub", "Name"));

        Assert.Equal("There was an error invoking Hub method 'NeedyHub.Name'.", exception.Message);
        var entry = await logs.NextAsync(log => log.Category == typeof(ServiceHubActivator).FullName);
        Assert.Equal(LogLevel.Error, entry.Level);
        Assert.Contains(typeof(Ticker).FullName!, entry.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PersistentConnection_WithSeveralConstructors_IsMadeByTheRichestThatCanBeSatisfied()
    {
        await using var host = await SignalRHost.StartAsync(map: app => app.MapClassicSignalR<TickerConnection>("/ticker"));
        using var connection = new Connection(new Uri(host.Address, "/ticker").ToString());
        var received = new Inbox<string>();
        connection.Received += received.Add;

        await connection.StartAsync("webSockets");

        Assert.Equal("singleton", await received.NextAsync());
    }

    [Fact]
    public void Defaults_OfEveryKindOfParameter_ArePassed()
    {
        using var services = new ServiceCollection().BuildServiceProvider();
        var choice = new ConstructorChoice(services.GetRequiredService<IServiceProviderIsService>());

        var made = (Defaulting)choice.For(typeof(Defaulting))(services);

        Assert.Equal("Friday Monday  7.5 text False 0", made.Made);
    }

    private static async Task<string> AskAsync(SignalRHost host, string hub, string method, string transport = "webSockets")
    {
        using var client = await ChatClient.StartAsync(host, transport, hub: hub);
        return await client.AskAsync<string>(method);
    }

    private sealed class Defaulting(
        DayOfWeek? day = DayOfWeek.Friday,
        DayOfWeek other = DayOfWeek.Monday,
        DayOfWeek? none = null,
        decimal? price = 7.5m,
        string text = "text",
        TimeSpan span = default,
        CancellationToken token = default)
    {
        public string Made { get; } = FormattableString.Invariant(
            $"{day} {other} {none} {price} {text} {token.IsCancellationRequested} {span.Ticks}");
    }

    private sealed class TickerConnection(Ticker ticker) : PersistentConnection
    {
        public TickerConnection()
            : this(Ticker.Instance)
        {
        }

        protected override Task OnConnected(IRequest request, string connectionId) => Connection.Send(connectionId, ticker.Name);
    }
}
