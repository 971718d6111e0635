using System.Globalization;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace RedisBackplane.AspNetCore.Tests.Requests;

/// <summary>The requests that start a connection, sent to SignalR's dispatcher and to the own one.</summary>
public sealed class StartTests
{
    private const string Start = "/signalr/start?transport=webSockets&clientProtocol=1.5";
    private const string Connect = "/signalr/connect?transport=webSockets&clientProtocol=1.5";

    /// <summary>Without the token, which is added to those that name <c>{0}</c>.</summary>
    private static readonly string[] Requests =
    [
        Start + "{0}", Start + "{0}&groupsToken=made-up", Start + "{0}&groupsToken=", Start + "{0}&callback=cb", Start,
        Start + "&connectionToken=made-up", Start + "{0}&test-user=ada", "/signalr/start?transport=WEBSOCKETS{0}",
        "/signalr/a/START?transport=webSockets{0}",
        "/signalr/start?transport=pigeon{0}", "/signalr/start?transport={0}", "/signalr/start?a=1{0}",
        "/signalr/start?transport=longPolling&clientProtocol=1.5{0}", "/signalr/start?transport=serverSentEvents&clientProtocol=1.5{0}",
        "/signalr/start/?transport=webSockets{0}", Connect + "{0}", Connect, Connect + "{0}&groupsToken=made-up",
        "/signalr/connect?transport=webSockets&clientProtocol=1.2{0}", "/signalr/abort?transport=webSockets&clientProtocol=1.5{0}",
    ];

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task Requests_OfEveryKind_HaveTheSameAnswersFromBothDispatchers(string environment)
    {
        await using var stock = await StartAsync(isStock: true);
        await using var own = await StartAsync(isStock: false);
        string[] named = ["lifeHub", "odd", "lifeHub,odd", "guardedHub", "lateFailingHub,lifeHub", "unmakeableHub", "none", ""];
        foreach (var hubs in named)
        {
            foreach (var request in Requests)
            {
                Assert.Equal((hubs, request, await AskAsync(stock, request, hubs)), (hubs, request, await AskAsync(own, request, hubs)));
            }
        }

        Assert.Equal(EventsOf(stock), EventsOf(own));

        Task<SignalRHost> StartAsync(bool isStock) => SignalRHost.StartAsync(
            options => (options.UseStockHubDispatcher, options.EnableJsonp) = (isStock, true),
            environment: environment);
    }

    /// <summary>As soon as it subscribes, a message can run code of a hub that reads the request.</summary>
    [Fact]
    public async Task Connect_WhenItSubscribes_HasReleasedItsQuery()
    {
        WatchingBus? bus = null;
        await using var host = await SignalRHost.StartAsync(
            options => options.UseStockTransports = false,
            services =>
            {
                services.AddHttpContextAccessor();
                services.AddClassicSignalR().ConfigureResolver((provider, resolver) =>
                {
                    bus = new WatchingBus(resolver, provider.GetRequiredService<IHttpContextAccessor>());
                    resolver.Register(typeof(IMessageBus), () => bus);
                });
            });

        await using var socket = await RawSocket.ConnectAsync(host, "odd");

        Assert.True(bus!.IsReleased);
    }

    private sealed class WatchingBus(IDependencyResolver resolver, IHttpContextAccessor contexts) : MessageBus(resolver)
    {
        public bool IsReleased { get; private set; }

        public override IDisposable Subscribe(
            ISubscriber subscriber, string cursor, Func<MessageResult, object, Task<bool>> callback, int maxMessages, object state)
        {
            if (contexts.HttpContext is { } context)
            {
                IsReleased = context.Features.Get<IQueryFeature>() is null;
            }

            return base.Subscribe(subscriber, cursor, callback, maxMessages, state);
        }
    }

    private static List<string> EventsOf(SignalRHost host)
    {
        var events = new List<string>();
        while (host.Journal.TryNext("life") is { } entry)
        {
            events.Add(entry);
        }

        return events;
    }

    /// <returns>The answer with its headers.</returns>
    private static async Task<string> AskAsync(SignalRHost host, string request, string hubs)
    {
        await using var connection = await RawConnection.NegotiateAsync(host.Client, "webSockets");
        var names = string.Join(',', hubs.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(name => $$"""{"name":"{{name}}"}"""));
        var url = string.Format(CultureInfo.InvariantCulture, request, "&connectionToken=" + Uri.EscapeDataString(connection.Token))
            + (hubs.Length == 0 ? "" : "&connectionData=" + Uri.EscapeDataString($"[{names}]"));
        using var response = await host.Client.GetAsync(new Uri(url, UriKind.Relative)).WaitAsync(Wait.Limit);
        response.Headers.Date = null;
        var body = response.StatusCode == HttpStatusCode.InternalServerError ? "" : await response.Content.ReadAsStringAsync();
        return $"{(int)response.StatusCode} {response.Headers}{(body.Length == 0 ? "" : response.Content.Headers)}{body}";
    }
}
