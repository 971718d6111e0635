using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Messaging;
using Newtonsoft.Json;

namespace Chat.Presence;

/// <summary>
/// Lets the servers of a farm talk to each other over SignalR's own message bus, as a client that listens to one key.
/// With a backplane the bus reaches every server, so that nothing else is needed: no database, no second connection.
/// </summary>
public sealed partial class ServerChannel(IDependencyResolver resolver, ILogger<ServerChannel> logger) : ISubscriber
{
    private const string Key = "chat:servers";
    private const int MaxMessagesAtOnce = 100;

    // The resolver's, which ends with it: the services must not dispose it.
    private readonly IMessageBus _bus = resolver.Resolve<IMessageBus>();
    private Action<ServerMessage>? _received;

    // Listens to the one key for as long as it lives: there is nothing to add or remove.
    event Action<ISubscriber, string> ISubscriber.EventKeyAdded { add { } remove { } }

    event Action<ISubscriber, string> ISubscriber.EventKeyRemoved { add { } remove { } }

    public IList<string> EventKeys { get; } = [Key];

    public string Identity { get; } = Guid.NewGuid().ToString("N");

    public Action<TextWriter>? WriteCursor { get; set; }

    public Subscription? Subscription { get; set; }

    /// <summary>Hears every server of the farm from now on, this one included, in the bus's order.</summary>
    /// <param name="received">Called with one message after the other.</param>
    /// <returns>Dispose it to hear no more.</returns>
    public IDisposable Subscribe(Action<ServerMessage> received)
    {
        _received = received;
        return _bus.Subscribe(this, cursor: null, DeliverAsync, MaxMessagesAtOnce, state: null);
    }

    /// <summary>Says something to every server of the farm; completes when the bus has taken it.</summary>
    public Task SendAsync(ServerMessage message) => _bus.Publish(new Message(Identity, Key, JsonConvert.SerializeObject(message)));

    private Task<bool> DeliverAsync(MessageResult result, object? state)
    {
        foreach (var message in result.Messages.SelectMany(segment => segment))
        {
            // Acknowledgements have no key of ours, but a subscriber gets them all the same.
            if (message.Key == Key && Read(message) is { } read)
            {
                _received?.Invoke(read);
            }
        }

        return Task.FromResult(true);
    }

    private ServerMessage? Read(Message message)
    {
        try
        {
            return JsonConvert.DeserializeObject<ServerMessage>(message.GetString());
        }
        catch (JsonException exception)
        {
            // A server of another version, perhaps; it must not silence the others.
            LogUnreadable(exception);
            return null;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "A message between the servers could not be read.")]
    private partial void LogUnreadable(Exception exception);
}
