using System.Globalization;
using System.Text;
using StackExchange.Redis;

namespace RedisBackplane.Scaling.Interests;

/// <summary>
/// A server of the farm, as far as the comparison needs it: a connection, keys, and a look-up of each message that
/// arrives.
/// </summary>
internal sealed class InterestServer : IAsyncDisposable
{
    /// <summary>The key, and the channel, of messages for everybody.</summary>
    public const string Everybody = "everybody";

    private const int LongestKey = 64;
    private const string OneChannel = "farm";
    private static readonly string Script = ReadScript();

    private readonly ConnectionMultiplexer _connection;
    private readonly InterestDesign _design;
    private readonly RedisKey[] _scriptKeys;
    private readonly HashSet<string> _keys;
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private long _delivered;

    private InterestServer(ConnectionMultiplexer connection, InterestDesign design, int number, int keys)
    {
        _connection = connection;
        _design = design;
        _scriptKeys = ["counter", "publisher:" + number, "history", "history:older", "history:bytes", "channels"];
        _keys = [.. Enumerable.Range(0, keys).Select(key => Key(number, key)), Everybody];
        _lookup = _keys.GetAlternateLookup<ReadOnlySpan<char>>();
        Channel = Name(number);
    }

    /// <summary>Messages with a local subscriber.</summary>
    public long Delivered => Interlocked.Read(ref _delivered);

    private string Channel { get; }

    public static async Task<InterestServer> ConnectAsync(string endPoint, InterestDesign design, int number, int keys)
    {
        var options = ConfigurationOptions.Parse(endPoint);
        options.SocketManager = SocketManager.ThreadPool;
        return new InterestServer(await ConnectionMultiplexer.ConnectAsync(options), design, number, keys);
    }

    public static string Key(int server, int key) => string.Create(CultureInfo.InvariantCulture, $"{Name(server)}.{key}");

    public async Task SubscribeAsync()
    {
        var channels = _design switch
        {
            InterestDesign.OneChannel => [OneChannel],
            InterestDesign.ChannelPerServer => [Channel, Everybody],
            _ => _keys.AsEnumerable(),
        };
        await Task.WhenAll(channels.Select(async channel =>
        {
            // Only the queue keeps the order of a channel.
            var queue = await _connection.GetSubscriber().SubscribeAsync(RedisChannel.Literal(channel));
            queue.OnMessage(message => Take((byte[])message.Message!));
        }));
    }

    /// <summary>Publishes a batch in one script, in every design.</summary>
    public Task PublishAsync(IReadOnlyCollection<string> keys, byte[] value, long historyBytes)
    {
        var parts = keys.GroupBy(ChannelOf).ToArray();
        var arguments = new List<RedisValue>(3 + (4 * parts.Length))
        {
            keys.Count,
            historyBytes,
            _design == InterestDesign.OneChannel ? 0 : 1,
        };
        foreach (var part in parts)
        {
            var messages = part.ToArray();
            var (bytes, isApart) = InterestFrame.Write(messages, value);
            arguments.AddRange([part.Key, messages.Length, bytes, isApart ? 1 : 0]);
        }

        return _connection.GetDatabase().ScriptEvaluateAsync(Script, _scriptKeys, [.. arguments]);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static string Name(int server) => string.Create(CultureInfo.InvariantCulture, $"server{server}");

    private static string ReadScript()
    {
        using var stream = typeof(InterestServer).Assembly.GetManifestResourceStream("publish_parts.lua")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var lines = reader.ReadToEnd().Split('\n').Select(line => line.Trim());
        return string.Join("\n", lines.Where(line => line.Length > 0 && !line.StartsWith("--", StringComparison.Ordinal)));
    }

    private string ChannelOf(string key) => _design switch
    {
        InterestDesign.OneChannel => OneChannel,
        InterestDesign.ChannelPerServer when key != Everybody => key[..key.IndexOf('.')],
        _ => key,
    };

    private void Take(byte[] payload)
    {
        if (payload.Length == InterestFrame.IdBytes)
        {
            return;
        }

        ReadOnlySpan<byte> rest = payload.AsSpan(InterestFrame.IdBytes);
        Span<char> characters = stackalloc char[LongestKey];
        var delivered = 0;
        while (!rest.IsEmpty)
        {
            InterestFrame.Take(ref rest, out var key, out var value);
            var count = Encoding.UTF8.GetChars(key, characters);
            if (_lookup.TryGetValue(characters[..count], out _))
            {
                // Clients are sent text.
                delivered += Encoding.UTF8.GetString(value).Length > 0 ? 1 : 0;
            }
        }

        Interlocked.Add(ref _delivered, delivered);
    }
}
