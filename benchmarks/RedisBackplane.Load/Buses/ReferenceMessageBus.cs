using System.Buffers.Text;
using System.Text;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Messaging;
using StackExchange.Redis;

namespace RedisBackplane.Load.Buses;

/// <summary>
/// A bus that works as the official package Microsoft.AspNet.SignalR.StackExchangeRedis is documented: one script call
/// per message, which increments a counter and publishes <c>"id payload"</c>, and the stock delivery of
/// <see cref="ScaleoutMessageBus"/>. It avoids one known waste of the package: the script's answer does not contain the
/// payload.
/// </summary>
internal sealed class ReferenceMessageBus : ScaleoutMessageBus
{
    private const string Script = """
        local id = redis.call('INCR', KEYS[1])
        redis.call('PUBLISH', KEYS[1], id .. ' ' .. ARGV[1])
        return id
        """;

    private readonly int _port;
    private readonly string _name;
    private readonly RedisKey[] _keys;
    private ConnectionMultiplexer? _connection;
    private IDatabase? _database;

    public ReferenceMessageBus(IDependencyResolver resolver, int port, string name)
        : base(resolver, new ScaleoutConfiguration())
    {
        _port = port;
        _name = name;
        _keys = [name];
    }

    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        _connection = await ConnectionMultiplexer.ConnectAsync("127.0.0.1:" + _port).WaitAsync(cancellationToken);
        _database = _connection.GetDatabase();
        var queue = await _connection.GetSubscriber().SubscribeAsync(RedisChannel.Literal(_name)).WaitAsync(cancellationToken);
        queue.OnMessage(message => Receive((byte[])message.Message!));
        Open(0);
    }

    protected override Task Send(int streamIndex, IList<Message> messages) =>
        _database!.ScriptEvaluateAsync(Script, _keys, [new ScaleoutMessage(messages).ToBytes()]);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _connection?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Receive(byte[] bytes)
    {
        if (!Utf8Parser.TryParse(bytes, out ulong id, out var digits))
        {
            var beginning = Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, 30)));
            throw new InvalidDataException($"No id: {beginning}");
        }

        OnReceived(0, id, ScaleoutMessage.FromBytes(bytes[(digits + 1)..]));
    }
}
