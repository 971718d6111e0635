using RedisBackplane.AspNetCore.Services;

namespace RedisBackplane.AspNetCore.Tests.Services;

/// <summary>A logging provider of the application throws, as if its disk were full.</summary>
public sealed class GuardedLoggerTests
{
    [Fact]
    public void Log_OneProviderThrows_TheOthersGetEveryEntryAndTheExceptionOnce()
    {
        var logs = new CapturedLogs();
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(new BrokenProvider()).AddProvider(logs.Provider));
        var logger = new GuardedLogger<GuardedLoggerTests>(factory);

        Log(logger, "one");
        Log(logger, "two");

        var entries = logs.Rest();
        Assert.Equal(3, entries.Count);
        Assert.Equal(("one", "two"), (entries[0].Message, entries[2].Message));
        Assert.Equal(LogLevel.Error, entries[1].Level);
        Assert.Contains("the disk is full", entries[1].Exception!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void IsEnabled_TheProviderThrows_IsTrueForWhatOthersShouldGet()
    {
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(new BrokenProvider()));
        var logger = new GuardedLogger<GuardedLoggerTests>(factory);

        Assert.True(logger.IsEnabled(LogLevel.Information));
        Assert.False(logger.IsEnabled(LogLevel.Debug));
        Assert.Null(logger.BeginScope("scope"));
    }

    [Theory, EachTransport]
    public async Task Connection_WhileTheProviderThrows_IsServedToItsEnd(string transport)
    {
        await using var host = await SignalRHost.StartAsync(services: services => services
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace))
            .AddSingleton<ILoggerProvider>(new BrokenProvider()));
        using (var client = await ChatClient.StartAsync(host, transport))
        {
            Assert.Equal("hello", await client.AskAsync<string>("Echo", "hello"));
        }

        Assert.EndsWith("stopped", await host.Journal.NextAsync("disconnected"), StringComparison.Ordinal);
    }

    private static void Log(GuardedLogger logger, string text) =>
        logger.Log(LogLevel.Warning, default, text, exception: null, static (state, _) => state);

    /// <summary>It throws for SignalR and this library. ASP.NET Core itself would fail, too.</summary>
    private sealed class BrokenProvider : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) =>
            new Logger(categoryName.StartsWith("SignalR.", StringComparison.Ordinal)
                || categoryName.StartsWith("RedisBackplane.", StringComparison.Ordinal));

        public void Dispose()
        {
        }

        private sealed class Logger(bool throws) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => throws ? throw Full() : null;

            public bool IsEnabled(LogLevel logLevel) => throws ? throw Full() : true;

            public void Log<TState>(
                LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                if (throws)
                {
                    throw Full();
                }
            }

            private static IOException Full() => new("the disk is full");
        }
    }
}
