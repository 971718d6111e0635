using System.Net;
using Moq;

namespace RedisBackplane.Tests.Redis;

/// <summary>A connection whose database is a mock.</summary>
internal sealed class MockedRedis : IDisposable
{
    private MockedRedis()
    {
    }

    public Mock<IDatabase> Database { get; } = new();

    public Mock<IConnectionMultiplexer> Multiplexer { get; } = new();

    public RedisConnection Connection { get; private set; } = null!;

    public RecordedLogger Logger { get; } = new();

    public RedisNames Names { get; } = new("Chat", 5);

    public RedisStreamContext Stream => StreamOf(Names);

    public RedisSlot Slot => Stream.Slot;

    public static async Task<MockedRedis> Connect(TimeProvider? time = null)
    {
        var redis = new MockedRedis();
        redis.Multiplexer.Setup(multiplexer => multiplexer.IsConnected).Returns(true);
        redis.Multiplexer.Setup(multiplexer => multiplexer.GetServers()).Returns([]);
        redis.Multiplexer.Setup(multiplexer => multiplexer.GetDatabase(5, null)).Returns(redis.Database.Object);
        var source = RedisConnectionSource.From(new RedisBackplaneOptions
        {
            AppName = "Chat", Database = 5, ConnectionFactory = _ => Task.FromResult(redis.Multiplexer.Object),
        });
        redis.Connection = new RedisConnection("Chat", source, redis.Logger, time ?? TimeProvider.System, () => 0.5);
        var connected = new TaskCompletionSource<object?>();
        redis.Connection.Changed += () => connected.TrySetResult(null);
        redis.Connection.Start();
        await connected.Task.Bounded();
        return redis;
    }

    /// <summary>Answers one script, and records its calls.</summary>
    public List<ScriptCall> OnScript(string script, Func<ScriptCall, RedisResult> answer)
    {
        var calls = new List<ScriptCall>();
        var hash = new FrequentScript(script).Hash;
        Database
            .Setup(database => database.ScriptEvaluateAsync(
                script, It.IsAny<RedisKey[]>(), It.IsAny<RedisValue[]>(), It.IsAny<CommandFlags>()))
            .Returns((string _, RedisKey[] keys, RedisValue[] values, CommandFlags _) => Answer(new ScriptCall(keys, values)));
        Database
            .Setup(database => database.ScriptEvaluateAsync(
                It.Is<byte[]>(sent => sent.SequenceEqual(hash)),
                It.IsAny<RedisKey[]>(),
                It.IsAny<RedisValue[]>(),
                It.IsAny<CommandFlags>()))
            .Returns((byte[] _, RedisKey[] keys, RedisValue[] values, CommandFlags _) =>
                Answer(new ScriptCall(keys, values) { IsByHash = true }));
        return calls;

        Task<RedisResult> Answer(ScriptCall call)
        {
            calls.Add(call);
            try
            {
                return Task.FromResult(answer(call));
            }
            catch (Exception exception)
            {
                return Task.FromException<RedisResult>(exception);
            }
        }
    }

    public RedisStreamContext StreamOf(RedisNames names, TimeProvider? time = null) =>
        new("Chat", Connection, names, Logger, time ?? TimeProvider.System);

    public RedisFarm Farm(ShardedPubSub option = ShardedPubSub.Auto) => new(Stream, CurrentFormat.Instance, option, static () => 0);

    /// <summary>A server that is connected.</summary>
    public static Mock<IServer> Server(string name)
    {
        var server = new Mock<IServer>();
        server.Setup(one => one.EndPoint).Returns(new DnsEndPoint(name, 6379));
        server.Setup(one => one.IsConnected).Returns(true);
        return server;
    }

    public static RedisServerException Error(string message) => new(message);

    public void Dispose() => Connection.Dispose();
}

internal sealed record ScriptCall(RedisKey[] Keys, RedisValue[] Values)
{
    public bool IsByHash { get; init; }

    /// <summary>The first argument at the time of the call: it may be changed for the next one.</summary>
    public RedisValue Unproven { get; } = Values.FirstOrDefault();

    public IEnumerable<string> KeyNames => Keys.Select(key => key.ToString());
}
