using System.Net;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// Records what StackExchange.Redis logs while it connects, because its exception often contains no reason. Keeps a few
/// short texts. Thread-safe.
/// </summary>
internal sealed class ConnectReasons : ILoggerFactory, ILogger
{
    private const int MaxReasons = 3;
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromMilliseconds(500);

    private readonly List<string> _reasons = [];

    /// <summary>The exception to throw if a connection could not be made.</summary>
    /// <param name="exception">What StackExchange.Redis threw.</param>
    public Exception Explain(RedisConnectionException exception)
    {
        lock (_reasons)
        {
            var news = _reasons.Where(reason => !exception.Message.Contains(reason)).ToList();
            return news.Count == 0
                ? exception
                : new BackplaneException($"{exception.Message} Reasons: {string.Join(" ", news)}", exception);
        }
    }

    /// <summary>Connects to the servers, which may give a better reason than the client library passes on.</summary>
    public async Task AskAsync(ConfigurationOptions configuration)
    {
        if (configuration.Tunnel is not null)
        {
            // Only the client library knows the way.
            return;
        }

        // The path of a Unix domain socket needs no such help.
        var servers = configuration.EndPoints.Where(static server => server is IPEndPoint or DnsEndPoint).Take(MaxReasons);
        var words = await Task.WhenAll(servers.Select(server => FirstWords.AskAsync(server, configuration.Ssl, AnswerWithin)))
            .ConfigureAwait(false);
        lock (_reasons)
        {
            _reasons.InsertRange(0, words.OfType<string>().Distinct());
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && logLevel != LogLevel.None;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (exception is null)
        {
            return;
        }

        var reason = exception.GetBaseException().Message;
        lock (_reasons)
        {
            if (_reasons.Count < MaxReasons && !_reasons.Contains(reason))
            {
                _reasons.Add(reason);
            }
        }
    }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("It only listens.");

    public void Dispose()
    {
        // There is nothing to dispose.
    }
}
