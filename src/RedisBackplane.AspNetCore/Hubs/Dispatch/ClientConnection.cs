using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNet.SignalR.Transports;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// The connection of a client to the bus. It does the same as SignalR's <see cref="Connection"/>, with fewer objects:
/// an idle connection usually has no groups and no message with a filter, and its one command needs no serializer.
/// </summary>
/// <param name="keys">The keys of the messages that it receives. It adds those of its groups.</param>
/// <param name="groups">The keys of the groups that it is in from the start.</param>
internal sealed class ClientConnection(ClientServices services, string id, List<string> keys, IReadOnlyList<string> groups)
    : IConnection, ITransportConnection, ISubscriber
{
    private ClientGroups? _groups = groups.Count == 0 ? null : new ClientGroups(groups);
    private Func<PersistentResponse, object, Task<bool>>? _receive;
    private object? _state;
    private bool _isAborted;
    private bool _isInitializing;

    public event Action<ISubscriber, string>? EventKeyAdded;

    public event Action<ISubscriber, string>? EventKeyRemoved;

    public string DefaultSignal => ClientServices.Signal;

    public string Identity => id;

    public IList<string> EventKeys { get; } = Join(keys, groups);

    public Action<TextWriter>? WriteCursor { get; set; }

    public Subscription? Subscription { get; set; }

    public Task Send(ConnectionMessage message) => services.Send(id, message);

    public IDisposable Receive(string messageId, Func<PersistentResponse, object, Task<bool>> callback, int maxMessages, object state)
    {
        (_receive, _state) = (callback, state);
        return services.Bus.Subscribe(this, messageId, static (result, self) => ((ClientConnection)self).Take(result), maxMessages, this);
    }

    private Task<bool> Take(MessageResult result)
    {
        var hasFilter = false;
        for (var i = 0; i < result.Messages.Count; i++)
        {
            foreach (var message in result.Messages[i].AsSpan())
            {
                hasFilter |= !string.IsNullOrEmpty(message.Filter);
                if (message.IsCommand)
                {
                    Obey(message);
                }
            }
        }

        var response = new PersistentResponse(hasFilter ? Excludes : ClientServices.ExcludesNone, WriteCursor);
        response.Terminal = result.Terminal;
        if (!result.Terminal)
        {
            response.Messages = result.Messages;
            response.Aborted = _isAborted;
            response.TotalCount = result.TotalCount;
            response.Initializing = _isInitializing;
            _isInitializing = false;
        }

        if (_groups?.TakeChange() == true)
        {
            response.GroupsToken = services.Protect(id, _groups);
        }

        services.Counters.ConnectionMessagesReceivedTotal.IncrementBy(result.TotalCount);
        services.Counters.ConnectionMessagesReceivedPerSec.IncrementBy(result.TotalCount);
        return _receive!(response, _state!);
    }

    private void Obey(Message message)
    {
        if (message.IsAck)
        {
            services.Trace.TraceEvent(
                System.Diagnostics.TraceEventType.Error, 0, "Connection {0} received an unexpected ACK message.", id);
            return;
        }

        var (type, group) = services.Read(message);
        switch (type)
        {
            case CommandType.AddToGroup when EventKeyAdded is { } added:
                (_groups ??= new ClientGroups([])).Add(group!);
                added(this, group!);
                break;
            case CommandType.RemoveFromGroup when EventKeyRemoved is { } removed:
                (_groups ??= new ClientGroups([])).Remove(group!);
                removed(this, group!);
                break;
            case CommandType.Initializing:
                _isInitializing = true;
                break;
            case CommandType.Abort:
                _isAborted = true;
                break;
        }

        if (message.WaitForAck)
        {
            services.Acknowledge(id, message.CommandId);
        }
    }

    // A filter names keys whose connections do not get the message.
    private bool Excludes(Message message) =>
        !string.IsNullOrEmpty(message.Filter)
        && Array.Exists(
            message.Filter.Split('|'),
            key => id.Equals(key, StringComparison.OrdinalIgnoreCase) || EventKeys.Contains(key) || _groups?.Contains(key) == true);

    private static List<string> Join(List<string> keys, IReadOnlyList<string> groups)
    {
        keys.AddRange(groups);
        return keys;
    }
}
