using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using RedisBackplane.AspNetCore.Services;

namespace RedisBackplane.AspNetCore.Tests.Services;

public sealed class LoggedTracesTests
{
    [Fact]
    public async Task Traces_OfAConnection_GoToLoggersOfTheirNames()
    {
        var logs = new CapturedLogs();
        await using var host = await SignalRHost.StartAsync(services: services =>
        {
            services.AddSingleton(logs.Provider);
            services.AddLogging(logging => logging.AddFilter("SignalR", LogLevel.Debug));
        });
        using var client = new ChatClient(host);

        await client.StartAsync("webSockets");

        var entry = await logs.NextAsync(log => log.Message.EndsWith(" is New.", StringComparison.Ordinal));
        Assert.Equal("SignalR.Transports.TransportHeartBeat", entry.Category);
        Assert.Equal(LogLevel.Information, entry.Level);
        Assert.Contains(client.Connection.ConnectionId, entry.Message, StringComparison.Ordinal);
        await logs.NextAsync(log => log.Category.StartsWith("SignalR.", StringComparison.Ordinal) && log.Level == LogLevel.Debug);
    }

    [Theory]
    [InlineData(TraceEventType.Critical, LogLevel.Critical)]
    [InlineData(TraceEventType.Error, LogLevel.Error)]
    [InlineData(TraceEventType.Warning, LogLevel.Warning)]
    [InlineData(TraceEventType.Information, LogLevel.Information)]
    [InlineData(TraceEventType.Verbose, LogLevel.Debug)]
    public void Level_OfATrace_IsThatOfItsEvent(TraceEventType type, LogLevel level)
    {
        var logs = new CapturedLogs();
        using var services = Services(logs);

        services.GetRequiredService<LoggedTraces>()["SignalR.Test"].TraceEvent(type, 5, "{0} and {1}", "this", 2);

        Assert.Equal(new LogEntry("SignalR.Test", level, "this and 2", null), Assert.Single(logs.Rest()));
    }

    [Fact]
    public void Text_ThatIsNoFormat_IsLoggedAsItIs()
    {
        var logs = new CapturedLogs();
        using var services = Services(logs);
        var source = services.GetRequiredService<LoggedTraces>()["SignalR.Test"];

        // SignalR builds formats from messages of exceptions.
        var format = "{broken {0}";
        source.TraceEvent(TraceEventType.Error, 0, format, "hub");
        source.TraceEvent(TraceEventType.Error, 0, "{\"json\": 1}");
        source.TraceData(TraceEventType.Error, 0, "data");

        Assert.Equal(["{broken {0} (hub)", "{\"json\": 1}", "data"], logs.Rest().Select(log => log.Message));
    }

    [Fact]
    public void Switch_WhenTheFiltersChange_FollowsThem()
    {
        var logs = new CapturedLogs();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection().Build();
        configuration["LogLevel:SignalR"] = "Error";
        using var services = new ServiceCollection()
            .AddLogging(logging => logging.AddConfiguration(configuration).AddProvider(logs.Provider))
            .AddSingleton<LoggedTraces>()
            .BuildServiceProvider();
        var traces = services.GetRequiredService<LoggedTraces>();
        var source = traces["SignalR.Test"];
        Assert.Equal(SourceLevels.Error, traces.Switch.Level);

        source.TraceInformation("not yet");
        configuration["LogLevel:SignalR"] = "Information";
        configuration.Reload();
        source.TraceInformation("now");

        Assert.Equal(SourceLevels.Information, traces.Switch.Level);
        Assert.Equal("now", Assert.Single(logs.Rest()).Message);
    }

    [Fact]
    public void Switch_WhenNobodyListens_IsOff()
    {
        using var services = new ServiceCollection().AddLogging().AddSingleton<LoggedTraces>().BuildServiceProvider();
        var traces = services.GetRequiredService<LoggedTraces>();

        _ = traces["SignalR.Test"];

        Assert.Equal(SourceLevels.Off, traces.Switch.Level);
    }

    [Fact]
    public void Source_AskedForTwice_IsTheSame()
    {
        using var services = Services(new CapturedLogs());
        var traces = services.GetRequiredService<LoggedTraces>();

        Assert.Same(traces["SignalR.Test"], traces["signalr.test"]);
    }

    private static ServiceProvider Services(CapturedLogs logs) => new ServiceCollection()
        .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(logs.Provider))
        .AddSingleton<LoggedTraces>()
        .BuildServiceProvider();
}
