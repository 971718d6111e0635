using System.Net.Sockets;
using System.Text;
using RedisBackplane;
using StackExchange.Redis;

namespace Chat.Redis;

/// <summary>
/// Chooses the Redis: the one that is named, otherwise the one on this machine, otherwise one in this process.
/// </summary>
internal static class RedisChooser
{
    internal const int UsualPort = 6379;

    private const string UsualHost = "localhost";
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(1);

    /// <exception cref="UsageException">The address is not one.</exception>
    /// <exception cref="StartException">The named Redis does not answer, or the embedded one cannot start.</exception>
    public static async Task<ChosenRedis> ChooseAsync(ChatOptions options, string? fromEnvironment, CancellationToken cancellationToken)
    {
        if (options.Redis is { } given)
        {
            return await NamedAsync(given, RedisSource.CommandLine, "--redis", cancellationToken);
        }

        if (options.Embedded)
        {
            return Embedded(remark: null);
        }

        if (!string.IsNullOrWhiteSpace(fromEnvironment))
        {
            return await NamedAsync(fromEnvironment, RedisSource.Environment, ChatOptions.RedisVariable, cancellationToken);
        }

        var answer = await PingAsync(UsualHost, UsualPort, cancellationToken);
        return answer switch
        {
            PingAnswer.Pong => new ChosenRedis(RedisSource.Found, Parse($"{UsualHost}:{UsualPort}", UsualHost)),
            PingAnswer.PasswordNeeded => Embedded(
                $"The Redis on {UsualHost}:{UsualPort} asks for a password; to use it: --redis \"{UsualHost}:{UsualPort},password=...\""),
            _ => Embedded(remark: null),
        };
    }

    private static ChosenRedis Embedded(string? remark)
    {
        var embedded = EmbeddedRedis.Start(TimeProvider.System);
        var configuration = Parse($"{EmbeddedRedis.Host}:{embedded.Port}", "embedded");
        return new ChosenRedis(RedisSource.Embedded, configuration, embedded) { Remark = remark };
    }

    private static async Task<ChosenRedis> NamedAsync(
        string address, RedisSource source, string setting, CancellationToken cancellationToken)
    {
        var configuration = Parse(address, setting);
        var chosen = new ChosenRedis(source, configuration);

        // Checks once before the servers start. They would wait for a Redis that is away, but a mistyped address would
        // never answer.
        var attempt = configuration.Clone();
        attempt.AbortOnConnectFail = true;
        attempt.ConnectRetry = 1;
        attempt.ConnectTimeout = 5000;
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(attempt).WaitAsync(cancellationToken);
            await connection.GetDatabase().PingAsync().WaitAsync(cancellationToken);
            return chosen;
        }
        catch (RedisException exception)
        {
            throw new StartException(
                $"{setting} names {chosen.Address}, and no Redis can be used there: {FirstSentence(exception)}", exception);
        }
    }

    private static ConfigurationOptions Parse(string address, string setting)
    {
        // An invalid address is refused before a part of it, which may be a password, is used as a host name and shown.
        var result = new RedisBackplaneOptionsValidator().Validate(null, new() { AppName = "Chat", ConnectionString = address });
        return result.Failed
            ? throw new UsageException(result.FailureMessage.Replace(
                nameof(RedisBackplaneOptions.ConnectionString), setting, StringComparison.Ordinal))
            : ConfigurationOptions.Parse(address);
    }

    /// <summary>
    /// Sends a ping in plain text, which every Redis understands. Any other program answers something else or nothing.
    /// </summary>
    private static async Task<PingAnswer> PingAsync(string host, int port, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(AnswerTimeout);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(host, port, timeout.Token);
            var stream = client.GetStream();
            await stream.WriteAsync("PING\r\n"u8.ToArray(), timeout.Token);
            var answer = new byte[7];
            var length = await stream.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, timeout.Token);
            return Encoding.ASCII.GetString(answer, 0, length) switch
            {
                "+PONG\r\n" => PingAnswer.Pong,
                "-NOAUTH" => PingAnswer.PasswordNeeded,
                _ => PingAnswer.None,
            };
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return PingAnswer.None;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return PingAnswer.None;
        }
    }

    /// <summary>
    /// The reason in the client library's message, without the sentence before it and the list of counters behind it.
    /// </summary>
    private static string FirstSentence(RedisException exception)
    {
        const string Opening = "It was not possible to connect to the redis server(s). ";
        var message = exception.GetBaseException() is SocketException socket ? socket.Message : exception.Message;
        message = message.StartsWith(Opening, StringComparison.Ordinal) ? message[Opening.Length..] : message;
        var end = message.IndexOfAny(['.', '\r', '\n']);
        return (end < 0 ? message : message[..end]) + ".";
    }

    private enum PingAnswer
    {
        None,
        Pong,
        PasswordNeeded,
    }
}
