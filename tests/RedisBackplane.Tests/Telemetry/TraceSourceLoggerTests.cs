using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.Tests.Telemetry;

public sealed class TraceSourceLoggerTests
{
    private readonly RecordedTraces _traces = new();
    private readonly RecordedLogger _next = new();

    [Theory]
    [InlineData(LogLevel.Critical, TraceEventType.Critical)]
    [InlineData(LogLevel.Error, TraceEventType.Error)]
    [InlineData(LogLevel.Warning, TraceEventType.Warning)]
    [InlineData(LogLevel.Information, TraceEventType.Information)]
    [InlineData(LogLevel.Debug, TraceEventType.Verbose)]
    [InlineData(LogLevel.Trace, TraceEventType.Verbose)]
    public void Log_Level_GoesToTheTraceSourceAsItsLevel(LogLevel level, TraceEventType expected)
    {
        LoggerTo(next: null).Log(level, new EventId(1234), "state", null, (state, _) => state + " as text");

        Assert.Equal([(expected, 1234, "state as text")], _traces.Events);
    }

    [Fact]
    public void Log_Exception_IsInTheTrace()
    {
        LoggerTo(next: null).Log(LogLevel.Error, default, "it failed:", new InvalidOperationException("the cause"), (state, _) => state);

        var text = Assert.Single(_traces.Events).Text;
        Assert.Contains("it failed: System.InvalidOperationException: the cause", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Log_TextWithBraces_IsNoFormat()
    {
        LoggerTo(next: null).Log(LogLevel.Error, default, "{0} {x", null, (state, _) => state);

        Assert.Equal("{0} {x", Assert.Single(_traces.Events).Text);
    }

    [Fact]
    public void Log_ALoggerThatWantsTheLevel_GetsItAndTheTraceSourceDoesNot()
    {
        var exception = new InvalidOperationException();

        LoggerTo(_next).Log(LogLevel.Warning, new EventId(7), "state", exception, (state, _) => state);

        var line = Assert.Single(_next.Lines);
        Assert.Equal((LogLevel.Warning, 7, "state", exception), (line.Level, line.Event, line.Text, line.Exception));
        Assert.Empty(_traces.Events);
    }

    [Fact]
    public void Log_ALoggerThatDoesNotWantTheLevel_LeavesItToTheTraceSource()
    {
        _next.Least = LogLevel.Error;

        LoggerTo(_next).Log(LogLevel.Warning, new EventId(7), "state", null, (state, _) => state);

        Assert.Equal((TraceEventType.Warning, 7, "state"), Assert.Single(_traces.Events));
        Assert.Empty(_next.Lines);
    }

    [Fact]
    public void Log_NeitherWantsTheLevel_FormatsNothing()
    {
        _next.Least = LogLevel.Error;
        var logger = new TraceSourceLogger("Chat", _traces.Source(SourceLevels.Error), _next);
        var formatted = false;

        logger.Log(LogLevel.Information, default, "state", null, (_, _) => (formatted = true).ToString());

        Assert.False(formatted);
        Assert.Empty(_traces.Events);
        Assert.Empty(_next.Lines);
    }

    [Theory]
    [InlineData(SourceLevels.Off, LogLevel.None, LogLevel.Critical, false)]
    [InlineData(SourceLevels.Warning, LogLevel.None, LogLevel.Warning, true)]
    [InlineData(SourceLevels.Warning, LogLevel.None, LogLevel.Information, false)]
    [InlineData(SourceLevels.Off, LogLevel.Information, LogLevel.Information, true)]
    [InlineData(SourceLevels.Off, LogLevel.Information, LogLevel.Debug, false)]
    [InlineData(SourceLevels.All, LogLevel.Trace, LogLevel.None, false)]
    public void IsEnabled_OneOfBothWantsTheLevel_IsTrue(SourceLevels trace, LogLevel least, LogLevel level, bool expected)
    {
        _next.Least = least;

        Assert.Equal(expected, new TraceSourceLogger("Chat", _traces.Source(trace), _next).IsEnabled(level));
    }

    [Fact]
    public void BeginScope_NoSecondLogger_IsNone() =>
        Assert.Null(LoggerTo(next: null).BeginScope("scope"));

    [Fact]
    public void Log_ALoggerThatThrows_IsToldOnceToTheTraceSourceAndReachesNobody()
    {
        _next.ThrowsOn = 7;
        var logger = LoggerTo(_next);

        logger.Log(LogLevel.Warning, new EventId(7), "first", null, (state, _) => state);
        logger.Log(LogLevel.Warning, new EventId(7), "second", null, (state, _) => state);

        Assert.Equal([1010, 7, 7], _traces.Events.Select(traced => traced.Id));
    }

    [Fact]
    public void IsEnabled_ALoggerThatThrows_IsToldOnceAndWantsNothing()
    {
        var next = new Moq.Mock<ILogger>();
        next.Setup(asked => asked.IsEnabled(Moq.It.IsAny<LogLevel>())).Throws(new InvalidOperationException("no"));
        var logger = new TraceSourceLogger("Chat", _traces.Source(SourceLevels.Error), next.Object);

        Assert.False(logger.IsEnabled(LogLevel.Information));
        Assert.False(logger.IsEnabled(LogLevel.Information));

        Assert.Equal(1010, Assert.Single(_traces.Events).Id);
    }

    [Fact]
    public void Log_ATraceListenerThatThrows_IsToldOnceToTheLoggerAndReachesNobody()
    {
        var source = new TraceSource("test", SourceLevels.All);
        source.Listeners.Clear();
        source.Listeners.Add(new BrokenListener());
        _next.Least = LogLevel.Error;
        var logger = new TraceSourceLogger("Chat", source, _next);

        logger.Log(LogLevel.Warning, new EventId(7), "first", null, (state, _) => state);
        logger.Log(LogLevel.Warning, new EventId(7), "second", null, (state, _) => state);

        Assert.Equal([1010], _next.Lines.Select(line => line.Event));
    }

    private TraceSourceLogger LoggerTo(ILogger? next) => new("Chat", _traces.Source(SourceLevels.All), next);
}
