using System.Diagnostics;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Json;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNet.SignalR.Tracing;
using Newtonsoft.Json;
using RedisBackplane.AspNetCore.Transports;
using RedisBackplane.Delivery;
using RedisBackplane.Hubs;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>What the connections of one host share. Thread-safe.</summary>
internal sealed class ClientServices(IDependencyResolver resolver, JsonSerializer serializer)
{
    /// <summary>The key of all connections of the dispatcher, which nobody uses.</summary>
    public static readonly string Signal = SignalKeys.ConnectionClass + typeof(ScopedHubDispatcher).FullName;

    public static readonly Func<Message, bool> ExcludesNone = static _ => false;

    // What precedes the name of a group in its key. The second belongs to groups of persistent connections.
    private static readonly string[] GroupKeys = [SignalKeys.HubGroup, SignalKeys.ConnectionClassGroup];

    // SignalR's key of the servers, which receive the acknowledgements of commands.
    private const string Servers = "__SIGNALR__SERVER__";

    private readonly IAckHandler _acknowledgements = resolver.Resolve<IAckHandler>();
    private readonly IProtectedData _protection = resolver.Resolve<IProtectedData>();
    private readonly ITraceManager _traces = resolver.Resolve<ITraceManager>();

    public IMessageBus Bus { get; } = resolver.Resolve<IMessageBus>();

    public IPerformanceCounterManager Counters { get; } = resolver.Resolve<IPerformanceCounterManager>();

    public TraceSource Trace => _traces["SignalR.Connection"];

    /// <summary>Sends a message of a connection.</summary>
    public Task Send(string source, ConnectionMessage message)
    {
        if (message.Signals is not null)
        {
            return string.IsNullOrEmpty(message.Signal)
                ? SendToAll(source, message)
                : throw new InvalidOperationException(StockText.AmbiguousMessage(message.Signal, message.Signals));
        }

        var sent = new Message(source, message.Signal, BytesOf(message.Value)) { Filter = FilterOf(message) };
        if (message.Value is not Command command)
        {
            return Bus.Publish(sent);
        }

        (sent.CommandId, sent.WaitForAck) = (command.Id, command.WaitForAck);
        return command.WaitForAck ? PublishAsync(sent, _acknowledgements.CreateAck(command.Id)) : Bus.Publish(sent);
    }

    public (CommandType Type, string? Value) Read(Message message)
    {
        if (InitializingCommand.IsAsSignalRWrites(message.Value, out var type))
        {
            return (type, null);
        }

        var command = serializer.Parse<Command>(message.Value, message.Encoding);
        return (command.CommandType, command.Value);
    }

    public void Acknowledge(string source, string commandId) =>
        _ = ObserveAsync(Bus.Publish(new Message(source, Servers, (string)null!) { CommandId = commandId, IsAck = true }));

    /// <summary>Creates the token with which a client that reconnects proves its groups.</summary>
    public string Protect(string id, ClientGroups groups) => _protection.Protect(
        id + ':' + serializer.Stringify(groups.All.Select(NameOf)), Purposes.Groups);

    private static string NameOf(string key) =>
        Array.Find(GroupKeys, prefix => key.StartsWith(prefix, StringComparison.Ordinal)) is { } prefix ? key[prefix.Length..] : key;

    private Task SendToAll(string source, ConnectionMessage message)
    {
        if (message.Signals.Count == 0)
        {
            return Task.CompletedTask;
        }

        var bytes = BytesOf(message.Value);
        var filter = FilterOf(message) is { Length: > 0 } some ? some : null;
        var sending = new Task[message.Signals.Count];
        for (var i = 0; i < sending.Length; i++)
        {
            sending[i] = Bus.Publish(new Message(source, message.Signals[i], bytes) { Filter = filter });
        }

        return Task.WhenAll(sending);
    }

    private async Task PublishAsync(Message message, Task acknowledgement)
    {
        await Bus.Publish(message).ConfigureAwait(false);
        await acknowledgement.ConfigureAwait(false);
    }

    private async Task ObserveAsync(Task sending)
    {
        try
        {
            await sending.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Trace.TraceEvent(TraceEventType.Warning, 0, "Exception thrown by Task: {0}", exception);
        }
    }

    // Bytes are JSON already.
    private ArraySegment<byte> BytesOf(object value)
    {
        if (value is ArraySegment<byte> bytes)
        {
            return bytes;
        }

        var writer = Utf8Writer.Take();
        try
        {
            serializer.Serialize(value, writer);
            return new ArraySegment<byte>(writer.Written.ToArray());
        }
        finally
        {
            writer.Return();
        }
    }

    private static string? FilterOf(ConnectionMessage message) =>
        message.ExcludedSignals is { } excluded ? string.Join('|', excluded) : null;
}
