namespace RedisBackplane.AspNetCore.Tests.Hubs.Dispatch;

/// <summary>The own dispatcher beside SignalR's: both get the same texts, and must return the same bytes.</summary>
public sealed class DispatchComparisonTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OddCalls_OnBothDispatchers_GetTheSameAnswers(bool detailedErrors)
    {
        await using var pair = await DispatcherPair.StartAsync(detailedErrors);

        await pair.SendAsync(OddCalls.All);

        await pair.AnswersBecomeEqualAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task RandomCalls_OnBothDispatchers_GetTheSameAnswers(int seed)
    {
        await using var pair = await DispatcherPair.StartAsync(detailedErrors: true);

        await pair.SendAsync(new RandomCalls(seed).Take(120));

        await pair.AnswersBecomeEqualAsync();
    }

    /// <summary>Two hosts that differ only in their dispatcher, and a connection to each.</summary>
    private sealed class DispatcherPair : IAsyncDisposable
    {
        private readonly SignalRHost _stockHost;
        private readonly SignalRHost _ownHost;
        private readonly RawSocket _stock;
        private readonly RawSocket _own;

        private DispatcherPair(SignalRHost stockHost, SignalRHost ownHost, RawSocket stock, RawSocket own) =>
            (_stockHost, _ownHost, _stock, _own) = (stockHost, ownHost, stock, own);

        public static async Task<DispatcherPair> StartAsync(bool detailedErrors)
        {
            // Not in development, where answers carry stack traces.
            var stock = await SignalRHost.StartAsync(
                options => (options.EnableDetailedErrors, options.UseStockHubDispatcher) = (detailedErrors, true),
                environment: "Production");
            var own = await SignalRHost.StartAsync(
                options => (options.EnableDetailedErrors, options.UseStockHubDispatcher) = (detailedErrors, false),
                environment: "Production");
            return new DispatcherPair(stock, own, await RawSocket.ConnectAsync(stock, "odd"), await RawSocket.ConnectAsync(own, "odd"));
        }

        public async Task SendAsync(IEnumerable<string> calls)
        {
            foreach (var some in calls.Chunk(5))
            {
                await Task.WhenAll(SendAsync(_stock, some), SendAsync(_own, some));
            }
        }

        public async Task AnswersBecomeEqualAsync()
        {
            try
            {
                await Eventually.BecomesTrueAsync(
                    () => _stock.Comparable().SequenceEqual(_own.Comparable()), "both have the same answers", Wait.Limit);
            }
            catch (TimeoutException)
            {
                // Shows which answers differ.
                var (stock, own) = (_stock.Comparable(), _own.Comparable());
                Assert.Equal(string.Join('\n', stock.Except(own)), string.Join('\n', own.Except(stock)));
                Assert.Equal(stock, own);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stock.DisposeAsync();
            await _own.DisposeAsync();
            await _stockHost.DisposeAsync();
            await _ownHost.DisposeAsync();
        }

        private static async Task SendAsync(RawSocket socket, string[] calls)
        {
            foreach (var call in calls)
            {
                await socket.SendAsync(call);
            }

            await socket.PassAsync("odd");
        }
    }
}
