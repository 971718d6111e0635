using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Messaging;
using Newtonsoft.Json;

namespace Chat.Presence;

/// <summary>
/// Lets the servers of a farm exchange messages over SignalR's own message bus, as a client that listens to one key.
/// With a backplane the bus reaches every server, so nothing else is needed: no database, no second connection.
/// </summary>
public sealed partial class ServerChannel(IDependencyResolver resolver, ILogger<ServerChannel> logger) : ISubscriber
{
    private const string Key = "chat:servers";
    private const int MaxMessagesAtOnce = 100;

    // The bus belongs to the resolver, which disposes it.
    private readonly IMessageBus _bus = resolver.Resolve<IMessageBus>();
    private Action<ServerMessage>? _received;

    // It listens to one key for its whole life, so nothing is added or removed.
    event Action<ISubscriber, string> ISubscriber.EventKeyAdded { add { } remove { } }

    event Action<ISubscriber, string> ISubscriber.EventKeyRemoved { add { } remove { } }

    public IList<string> EventKeys { get; } = [Key];

    public string Identity { get; } = Guid.NewGuid().ToString("N");

    public Action<TextWriter>? WriteCursor { get; set; }

    public Subscription? Subscription { get; set; }

    /// <summary>
    /// Receives the messages of every server of the farm from now on, including this one, in the bus's order.
    /// </summary>
    /// <param name="received">Called with one message after the other.</param>
    /// <returns>Stops receiving when it is disposed.</returns>
    public IDisposable Subscribe(Action<ServerMessage> received)
    {
        _received = received;
        return _bus.Subscribe(this, cursor: null, DeliverAsync, MaxMessagesAtOnce, state: null);
    }

    /// <summary>Sends a message to every server of the farm. Completes when the bus has taken it.</summary>
    public Task SendAsync(ServerMessage message) => _bus.Publish(new Message(Identity, Key, JsonConvert.SerializeObject(message)));

    private Task<bool> DeliverAsync(MessageResult result, object? state)
    {
        foreach (var message in result.Messages.SelectMany(segment => segment))
        {
            // Acknowledgements do not have this key, but a subscriber receives them too.
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
            // It may be from a server of another version, and must not disturb the others.
            LogUnreadable(exception);
            return null;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "A message between the servers could not be read.")]
    private partial void LogUnreadable(Exception exception);
}
