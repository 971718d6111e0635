using System.Text;
using Microsoft.AspNet.SignalR;

namespace RedisBackplane.IntegrationTests.Migration;

/// <summary>
/// A server of Microsoft.AspNet.SignalR.StackExchangeRedis, as far as Redis and the other servers can see: its script,
/// its payloads, and SignalR's own delivery. It is written from the description in docs/wire-format.md.
/// </summary>
internal sealed class OlderPackageBus : ScaleoutMessageBus
{
    // The id as Lua writes a number: in scientific notation from 10^14 on.
    private const string Script = """
        if ARGV[2] == '1' then
          redis.call('DEL', unpack(KEYS))
        end
        local id = redis.call('INCR', KEYS[1])
        redis.call('PUBLISH', KEYS[1], id .. ' ' .. ARGV[1])
        return id
        """;

    private readonly string _eventKey;
    private readonly int _database;
    private ConnectionMultiplexer? _connection;

    public OlderPackageBus(IDependencyResolver resolver, string eventKey, int database)
        : base(resolver, new ScaleoutConfiguration())
    {
        _eventKey = eventKey;
        _database = database;
    }

    /// <summary>Payloads that could not be read. The package would have lost them silently.</summary>
    public List<string> Unreadable { get; } = [];

    public async Task ConnectAsync(string connectionString)
    {
        _connection = await ConnectionMultiplexer.ConnectAsync(connectionString);
        var queue = await _connection.GetSubscriber().SubscribeAsync(RedisChannel.Literal(_eventKey));
        queue.OnMessage(message => Receive((byte[])message.Message!));
        Open(0);
    }

    /// <summary>Sends messages under one id, like a bus that collects them.</summary>
    public Task SendTogetherAsync(params Message[] messages) => Send(0, messages);

    /// <summary>Sends a message as if Redis had just lost its counters. Nobody can read them in between.</summary>
    public Task SendAfterLossAsync(RedisKey otherCounter, Message message) => SendAsync([message], [_eventKey, otherCounter], isLost: true);

    protected override Task Send(int streamIndex, IList<Message> messages) => SendAsync(messages, [_eventKey], isLost: false);

    private Task<RedisResult> SendAsync(IList<Message> messages, RedisKey[] keys, bool isLost)
    {
        var bytes = new ScaleoutMessage(messages).ToBytes();
        byte[] withLength = [.. BitConverter.GetBytes(bytes.Length), .. bytes];
        return _connection!.GetDatabase(_database).ScriptEvaluateAsync(Script, keys, [withLength, isLost]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _connection?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Receive(byte[] payload)
    {
        var space = Array.IndexOf(payload, (byte)' ');
        var digits = Encoding.ASCII.GetString(payload, 0, Math.Max(0, space));
        if (!ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            Unreadable.Add(digits);
            return;
        }

        var length = BitConverter.ToInt32(payload, space + 1);
        OnReceived(0, id, ScaleoutMessage.FromBytes(payload.AsSpan(space + 1 + sizeof(int), length).ToArray()));
    }
}
