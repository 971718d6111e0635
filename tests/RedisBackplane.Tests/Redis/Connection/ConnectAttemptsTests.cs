using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Moq;

namespace RedisBackplane.Tests.Redis.Connection;

/// <summary>Attempts to connect that never end. A bus that waited for one would have no connection again.</summary>
public sealed class ConnectAttemptsTests
{
    private readonly TrackedTime _time = new();

    /// <summary>The client library asks for the nodes of a cluster before it watches for time-outs.</summary>
    [Fact]
    public async Task OpenAsync_ServerOfAClusterGoesSilent_IsGivenUpAndItsSocketsAreClosed()
    {
        using var server = new SilentClusterNode();
        using var source = RedisConnectionSource.From(
            new RedisBackplaneOptions { AppName = "Chat", ConnectionString = server.EndPoint }, time: _time);

        var attempt = source.OpenAsync(CancellationToken.None);
        await server.IsAsked.Bounded();
        await Eventually.BecomesTrueAsync(() => _time.ArmedTimers == 1, "the attempt is limited");
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(attempt.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<TimeoutException>(() => attempt.Bounded());
        await Eventually.BecomesTrueAsync(() => server.OpenSockets == 0, "the sockets are closed");
    }

    /// <summary>The time that a provider has does not count as that of the client library.</summary>
    [Fact]
    public async Task OpenAsync_TheCredentialsProviderBlocks_IsToldAfterItsOwnTime()
    {
        using var free = new ManualResetEventSlim();
        using var source = RedisConnectionSource.From(
            new RedisBackplaneOptions
            {
                AppName = "Chat",
                LivenessTimeout = TimeSpan.FromSeconds(0.5),
                CredentialsProvider = _ =>
                {
                    free.Wait(CancellationToken.None);
                    return Task.FromResult(new RedisCredentials("user", "secret"));
                },
            },
            time: _time);

        var attempt = source.OpenAsync(CancellationToken.None);
        await Eventually.BecomesTrueAsync(() => _time.ArmedTimers == 2, "the provider and the attempt are limited");
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(attempt.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));

        var failure = await Assert.ThrowsAsync<BackplaneException>(() => attempt.Bounded());
        Assert.Contains("CredentialsProvider", failure.Message, StringComparison.Ordinal);
        free.Set();
    }

    [Theory]
    [InlineData(ConnectionOwnership.Owned, 1)]
    [InlineData(ConnectionOwnership.Borrowed, 0)]
    public async Task OpenAsync_TheFactoryDoesNotEnd_IsGivenUpAndALateConnectionIsDisposedIfOwned(
        ConnectionOwnership ownership, int disposals)
    {
        var late = new Mock<IConnectionMultiplexer>();
        var made = new TaskCompletionSource<IConnectionMultiplexer>();
        var token = CancellationToken.None;
        using var source = RedisConnectionSource.From(
            new RedisBackplaneOptions
            {
                AppName = "Chat",
                ConnectionFactory = given =>
                {
                    token = given;
                    return made.Task;
                },
                ConnectionFactoryOwnership = ownership,
            },
            time: _time);

        var attempt = source.OpenAsync(CancellationToken.None);
        await Eventually.BecomesTrueAsync(
            () => _time.ArmedTimers == 1 && token.CanBeCanceled, "the factory is called, and the attempt is limited");
        _time.Advance(TimeSpan.FromMinutes(1));

        var failure = await Assert.ThrowsAsync<BackplaneException>(() => attempt.Bounded());
        Assert.Contains("ConnectionFactory", failure.Message, StringComparison.Ordinal);
        Assert.True(token.IsCancellationRequested);
        made.SetResult(late.Object);
        await Eventually.BecomesTrueAsync(
            () => late.Invocations.Count(call => call.Method.Name == nameof(IDisposable.Dispose)) == disposals, "disposed if owned");
    }

    /// <summary>
    /// Shakes hands as a server of a cluster, and is silent when it is asked for the nodes once more.
    /// </summary>
    private sealed class SilentClusterNode : IDisposable
    {
        private const string Information = "redis_version:7.2.0\r\nredis_mode:cluster\r\nrole:master\r\n";

        // One byte is one character: an argument may contain any bytes.
        private static readonly Encoding Latin1 = Encoding.GetEncoding(28591);

        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly TaskCompletionSource<object?> _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _sockets;
        private int _questions;

        public SilentClusterNode()
        {
            _listener.Start();
            _ = AcceptAsync();
        }

        public string EndPoint => _listener.LocalEndpoint.ToString()!;

        public Task IsAsked => _asked.Task;

        public int OpenSockets => Volatile.Read(ref _sockets);

        public void Dispose() => _listener.Stop();

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    _ = ServeAsync(await _listener.AcceptTcpClientAsync());
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // The listener was stopped.
            }
        }

        private async Task ServeAsync(TcpClient client)
        {
            Interlocked.Increment(ref _sockets);
            try
            {
                using var reader = new StreamReader(client.GetStream(), Latin1);
                using var writer = new StreamWriter(client.GetStream(), Latin1) { AutoFlush = true };
                while (await reader.ReadLineAsync() is { } head)
                {
                    var words = new string[int.Parse(head.TrimStart('*'), CultureInfo.InvariantCulture)];
                    for (var i = 0; i < words.Length; i++)
                    {
                        words[i] = await ReadWordAsync(reader);
                    }

                    await writer.WriteAsync(AnswerTo(words));
                }
            }
            catch (IOException)
            {
                // The client has closed its socket.
            }
            finally
            {
                client.Dispose();
                Interlocked.Decrement(ref _sockets);
            }
        }

        private static async Task<string> ReadWordAsync(StreamReader reader)
        {
            var length = (await reader.ReadLineAsync() ?? throw new EndOfStreamException()).TrimStart('$');
            var word = new char[int.Parse(length, CultureInfo.InvariantCulture)];
            await reader.ReadBlockAsync(word, 0, word.Length);
            await reader.ReadLineAsync();
            return new string(word);
        }

        private string AnswerTo(string[] words)
        {
            switch (words[0])
            {
                case "CLUSTER" when Interlocked.Increment(ref _questions) == 1:
                    var node = new string('a', 40);
                    return Bulk($"{node} {EndPoint}@1 myself,master - 0 0 1 connected 0-16383\n");
                case "CLUSTER":
                    _asked.TrySetResult(null);
                    return string.Empty;
                case "INFO":
                    return Bulk(Information);
                case "ECHO":
                    return Bulk(words[1]);
                case "PING":
                    return "+PONG\r\n";
                case "CONFIG":
                    return "*0\r\n";
                case "GET":
                    return "$-1\r\n";
                case "CLIENT" when words[1] == "ID":
                    return ":1\r\n";
                case "CLIENT":
                    return "+OK\r\n";
                case "SUBSCRIBE":
                    return "*3\r\n" + Bulk("subscribe") + Bulk(words[1]) + ":1\r\n";
                default:
                    return "-ERR unknown command\r\n";
            }
        }

        private static string Bulk(string text) => FormattableString.Invariant($"${text.Length}\r\n{text}\r\n");
    }
}
