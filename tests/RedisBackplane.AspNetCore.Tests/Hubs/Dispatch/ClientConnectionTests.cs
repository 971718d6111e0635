using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Json;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.AspNet.SignalR.Transports;
using Newtonsoft.Json;
using RedisBackplane.AspNetCore.Hubs.Dispatch;
using ServerConnection = Microsoft.AspNet.SignalR.Infrastructure.Connection;

namespace RedisBackplane.AspNetCore.Tests.Hubs.Dispatch;

/// <summary>A connection of this package beside SignalR's: both get the same messages, and must do the same.</summary>
public sealed class ClientConnectionTests
{
    private const string Id = "0c3b4f6e-0000-4000-8000-000000000001";
    private static readonly string[] Groups = ["hg-chat.a", "hg-chat.b", "pcg-other.c", "plain"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Messages_OfEveryKind_HaveTheSameResponses(int seed)
    {
        var random = new Random(seed);
        var (stock, own) = (Stock([]), Own([]));
        for (var i = 0; i < 200; i++)
        {
            var messages = Enumerable.Range(0, random.Next(1, 4)).Select(_ => AnyMessage(random)).ToList();

            Assert.Equal(stock.Receive(messages), own.Receive(messages));
            Assert.Equal(stock.Bus.Texts, own.Bus.Texts);
            Assert.Equal(stock.Bus.Subscriber!.EventKeys.Order(), own.Bus.Subscriber!.EventKeys.Order());
        }

        Assert.Equal(stock.Receive(MessageResult.TerminalMessage), own.Receive(MessageResult.TerminalMessage));
    }

    [Fact]
    public void Connection_ThatRejoinsGroups_KnowsThem()
    {
        var (stock, own) = (Stock(Groups), Own(Groups));
        List<Message> messages =
        [
            Command(CommandType.RemoveFromGroup, Groups[0]), new("other", "h-chat", "1") { Filter = $"x|{Groups[1]}" },
        ];

        Assert.Equal(stock.Receive(messages), own.Receive(messages));
        Assert.Equal(stock.Bus.Subscriber!.EventKeys, own.Bus.Subscriber!.EventKeys);
    }

    [Fact]
    public void Messages_ThatAreSent_AreTheSameOnTheBus()
    {
        var (stock, own) = (Stock([]), Own([]));
        ConnectionMessage[] messages =
        [
            new("c-1", new { a = "ä\ud83d\ude00\ud800", b = 1.5 }), new("c-1", "text", ["x", "y"]), new("c-1", null!),
            new(new List<string> { "c-1", "c-2" }, new ArraySegment<byte>("[1]"u8.ToArray()), ["x"]), new(new List<string>(), 1),
            new(new List<string> { "c-1" }, 1), new("c-1", new Command { CommandType = CommandType.Abort }),
            new("c-1", new Command { CommandType = CommandType.AddToGroup, Value = "hg-chat.a", WaitForAck = true }),
        ];

        foreach (var message in messages)
        {
            Assert.Equal(stock.Connection.Send(message).IsCompletedSuccessfully, own.Connection.Send(message).IsCompletedSuccessfully);
        }

        Assert.Equal(stock.Bus.Texts, own.Bus.Texts);
    }

    private static Message AnyMessage(Random random) => random.Next(8) switch
    {
        0 => Command(CommandType.Initializing, value: null),
        1 => Command(CommandType.AddToGroup, random.GetItems(Groups, 1)[0], random.Next(2) == 0),
        2 => Command(CommandType.RemoveFromGroup, random.GetItems(Groups, 1)[0], random.Next(2) == 0),
        3 => new("other", "h-chat", "\"filtered\"") { Filter = $"x|{random.GetItems([.. Groups, "h-chat", Id.ToUpperInvariant()], 1)[0]}" },
        4 => new("other", "h-chat", "\"not filtered\"") { Filter = "x|y" },
        5 when random.Next(10) == 0 => Command(CommandType.Abort, value: null),
        6 when random.Next(10) == 0 => new("other", "c-" + Id, (string)null!) { CommandId = "1", IsAck = true },
        _ => new("other", "h-chat", $"\"{random.Next()}\""),
    };

    private static Message Command(CommandType type, string? value, bool waitForAck = false)
    {
        var command = new Command { CommandType = type, Value = value, WaitForAck = waitForAck };
        return new("other", "c-" + Id, JsonConvert.SerializeObject(command)) { CommandId = command.Id, WaitForAck = waitForAck };
    }

    private static Side Stock(string[] groups)
    {
        var bus = new RecordingBus();
        var resolver = Resolver(bus);
        return new Side(bus, new ServerConnection(
            bus, resolver.Resolve<JsonSerializer>(), ClientServices.Signal, Id, ["h-chat", "c-" + Id], groups,
            resolver.Resolve<ITraceManager>(), resolver.Resolve<IAckHandler>(), resolver.Resolve<IPerformanceCounterManager>(),
            new Open(), resolver.Resolve<IMemoryPool>()));
    }

    private static Side Own(string[] groups)
    {
        var bus = new RecordingBus();
        var resolver = Resolver(bus);
        return new Side(bus, new ClientConnection(
            new ClientServices(resolver, resolver.Resolve<JsonSerializer>()), Id, ["h-chat", "c-" + Id], groups));
    }

    private static DefaultDependencyResolver Resolver(RecordingBus bus)
    {
        var resolver = new DefaultDependencyResolver();
        resolver.Register(typeof(IMessageBus), () => bus);
        resolver.Register(typeof(IProtectedData), () => new Open());
        return resolver;
    }

    private sealed class Side
    {
        private readonly List<string> _responses = [];

        public Side(RecordingBus bus, ITransportConnection connection)
        {
            (Bus, Connection) = (bus, connection);
            connection.Receive(null!, Take, 10, this);
            bus.Subscriber!.WriteCursor = writer => writer.Write("cursor");
            bus.Subscriber.EventKeyAdded += (_, key) => bus.Subscriber.EventKeys.Add(key);
            bus.Subscriber.EventKeyRemoved += (_, key) => bus.Subscriber.EventKeys.Remove(key);
        }

        public RecordingBus Bus { get; }

        public ITransportConnection Connection { get; }

        public string Receive(List<Message> messages) =>
            Receive(new MessageResult([new ArraySegment<Message>([.. messages])], messages.Count));

        public string Receive(MessageResult result)
        {
            Bus.Deliver(result);
            return _responses[^1];
        }

        private static Task<bool> Take(PersistentResponse response, object state)
        {
            var text = new StringWriter();
            if (response.Messages is not null)
            {
                ((IJsonWritable)response).WriteJson(text);
            }

            ((Side)state)._responses.Add(
                $"{text} {response.Terminal} {response.Aborted} {response.Initializing} {response.TotalCount} {response.GroupsToken}");
            return Task.FromResult(true);
        }
    }

    private sealed class RecordingBus : IMessageBus
    {
        private Func<MessageResult, object, Task<bool>>? _callback;
        private object? _state;

        public ISubscriber? Subscriber { get; private set; }

        public List<string> Texts { get; } = [];

        public Task Publish(Message message)
        {
            var id = string.IsNullOrEmpty(message.CommandId) || message.WaitForAck || message.IsAck ? "" : "command";
            var value = Convert.ToHexString(message.Value);
            Texts.Add($"{message.Source} {message.Key} {(id.Length > 0 || message.WaitForAck ? "" : value)} {id} {message.WaitForAck} "
                + $"{message.IsAck} {message.Filter ?? "none"}");
            return Task.CompletedTask;
        }

        public IDisposable Subscribe(
            ISubscriber subscriber, string cursor, Func<MessageResult, object, Task<bool>> callback, int maxMessages, object state)
        {
            (Subscriber, _callback, _state) = (subscriber, callback, state);
            return new StringWriter();
        }

        public void Deliver(MessageResult result) => Assert.True(_callback!(result, _state!).IsCompletedSuccessfully);
    }

    private sealed class Open : IProtectedData
    {
        public string Protect(string data, string purpose) => $"{purpose} {data}";

        public string Unprotect(string protectedValue, string purpose) => throw new NotSupportedException();
    }
}
