using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Configuration;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Transports;
using Newtonsoft.Json;
using RedisBackplane.AspNetCore.Transports;
using RedisBackplane.Hubs;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// Serves the hub calls of one host without SignalR's dispatcher. All connections share it. SignalR's services are
/// taken at the first request, when the application has made its registrations. Thread-safe.
/// </summary>
internal sealed class HubCalls(IDependencyResolver resolver)
{
    private readonly Lazy<Services?> _services = new(() => StockServices.AreUsed(resolver) ? new Services(resolver) : null);
    private readonly ConditionalWeakTable<JsonSerializer, Known> _knownOf = [];
    private Known? _known;

    public IHubPipelineInvoker Pipeline => _services.Value!.Pipeline;

    public ITransportManager Transports => _services.Value!.Transports;

    /// <summary>Creates a hub, and gives it what SignalR's dispatcher gives to a hub.</summary>
    /// <param name="groupPrefix">The prefix of the keys of its groups.</param>
    public IHub Make(
        HubScopes scopes,
        HubDescriptor descriptor,
        string groupPrefix,
        ICaller caller,
        IRequest request,
        IConnection connection,
        string connectionId)
    {
        var hub = scopes.Make(_services.Value!.Activator, descriptor);
        hub.Context = new HubCallerContext(request, connectionId);
        hub.Clients = new CallerClients(caller, Pipeline, connection, connectionId);
        hub.Groups = new GroupManager(connection, groupPrefix);
        return hub;
    }

    /// <summary>Reads the hubs that a client connects to.</summary>
    /// <returns><see langword="null"/> if SignalR must decide about the text.</returns>
    public ConnectedHub[]? HubsIn(string? connectionData, JsonSerializer serializer) =>
        _services.Value is { } services && About(serializer, services).ReadsAsDefault
            ? services.Hubs.Find(connectionData, serializer)
            : null;

    /// <returns><see langword="null"/> if SignalR must answer it.</returns>
    public Task? TryNegotiate(HostContext context, JsonSerializer serializer, IProtectedData protection, Func<Task> askSignalR) =>
        _services.Value is { } services && About(serializer, services).WritesPlain
            ? services.Negotiations.AnswerAsync(context, serializer, protection, askSignalR)
            : null;

    /// <summary>What connections with a serializer share.</summary>
    public ClientServices ClientsWith(JsonSerializer serializer) => About(serializer, _services.Value!).Clients;

    /// <summary>Whether a transport is this package's for WebSockets.</summary>
    public bool ServesSockets(string? transport) =>
        string.Equals(transport, TransportRegistrations.WebSockets, StringComparison.OrdinalIgnoreCase)
        && _services.Value is { HasOwnSockets: true };

    /// <returns>Whether this type can serve the call.</returns>
    public bool TryRead(ReadOnlySpan<byte> json, JsonSerializer serializer, out CallEnvelope envelope, out HubMethod method)
    {
        method = null!;
        envelope = default;
        if (_services.Value is { } services && About(serializer, services).ReadsAsDefault && CallEnvelope.TryRead(json, out envelope)
            && services.Methods.Find(json[envelope.Hub], json[envelope.Method], envelope.ArgumentCount) is { } found)
        {
            CallCounts.AddOwn();
            method = found;
            return true;
        }

        CallCounts.AddStock();
        return false;
    }

    /// <summary>Encodes the text of a call as UTF-8 in a rented array.</summary>
    /// <returns><see langword="false"/> if UTF-8 cannot express the text.</returns>
    public static bool TryEncode(string data, out byte[] rented, out int length)
    {
        rented = ArrayPool<byte>.Shared.Rent(data.Length * 3);
        if (Utf8.FromUtf16(data, rented, out _, out length, replaceInvalidSequences: false) == OperationStatus.Done)
        {
            return true;
        }

        ArrayPool<byte>.Shared.Return(rented);
        return false;
    }

    /// <summary>Sends the result of a call, if the bytes are those that this serializer writes.</summary>
    /// <returns><see langword="null"/> if the serializer must write the whole answer.</returns>
    public Task? TryAnswer(ClientTransport transport, JsonSerializer serializer, string id, object? result)
    {
        if (_services.Value is not { } services || About(serializer, services) is not { WritesPlain: true } known)
        {
            return null;
        }

        var writer = Utf8Writer.Take();
        if (PlainJson.TryWriteAnswer(writer, id, result))
        {
            return transport.Send(writer);
        }

        writer.Return();
        return known.WritesObjects ? transport.Send(new ObjectAnswer(id, result!, serializer)) : null;
    }

    // An application has one serializer, or creates one for each connection.
    private Known About(JsonSerializer serializer, Services services)
    {
        var known = _known;
        if (known?.Serializer != serializer)
        {
            _known = known = _knownOf.GetValue(serializer, made => Learn(made, services));
        }

        return known;
    }

    private Known Learn(JsonSerializer serializer, Services services)
    {
        var writesPlain = PlainJson.IsAsWrittenBy(serializer);
        return new Known(
            serializer,
            StockServices.ReadsAsDefault(serializer, services.Parser),
            writesPlain,
            writesPlain && ObjectAnswer.IsAsWrittenBy(serializer),
            new ClientServices(resolver, serializer));
    }

    private sealed record Known(
        JsonSerializer Serializer, bool ReadsAsDefault, bool WritesPlain, bool WritesObjects, ClientServices Clients);

    private sealed class Services(IDependencyResolver resolver)
    {
        public readonly HubMethods Methods = new(resolver.Resolve<IHubManager>());
        public readonly ConnectedHubs Hubs = new(resolver.Resolve<IHubManager>());
        public readonly NegotiationAnswers Negotiations =
            new(resolver.Resolve<IConfigurationManager>(), resolver.Resolve<ITransportManager>());

        public readonly ITransportManager Transports = resolver.Resolve<ITransportManager>();
        public readonly bool HasOwnSockets = TransportRegistrations.Of(resolver).IsOwn(TransportRegistrations.WebSockets);
        public readonly IHubPipelineInvoker Pipeline = resolver.Resolve<IHubPipelineInvoker>();
        public readonly IHubActivator Activator = resolver.Resolve<IHubActivator>();
        public readonly IHubRequestParser Parser = resolver.Resolve<IHubRequestParser>();
    }
}
