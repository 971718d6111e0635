using System.Reflection;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNet.SignalR.Transports;

namespace RedisBackplane.Hubs;

/// <summary>
/// The transports of a resolver. A transport that the application has removed or replaced is left as it is.
/// </summary>
/// <param name="manager">The resolver's transports; <see langword="null"/> if their class is not SignalR's own.</param>
internal sealed class TransportRegistrations(TransportManager? manager)
{
    public const string WebSockets = "webSockets";
    public const string ServerSentEvents = "serverSentEvents";
    public const string ForeverFrame = "foreverFrame";
    public const string LongPolling = "longPolling";

    // SignalR keeps a function for each transport in a private field.
    private static readonly FieldInfo? Factories =
        typeof(TransportManager).GetField("_transports", BindingFlags.Instance | BindingFlags.NonPublic);

    public static TransportRegistrations Of(IDependencyResolver resolver) =>
        new(resolver.GetService(typeof(ITransportManager)) as TransportManager);

    /// <summary>Whether the transport of this name belongs to one of this library's packages.</summary>
    public bool IsOwn(string name) => AuthorOf(name) is "RedisBackplane" or "RedisBackplane.AspNetCore";

    /// <summary>Replaces SignalR's transport, or that of another one of this library's packages.</summary>
    public void Replace(string name, Func<HostContext, ITransport> factory)
    {
        if (IsStock(name) || IsOwn(name))
        {
            manager!.Remove(name);
            manager.Register(name, factory);
        }
    }

    /// <summary>Makes SignalR's transports send the answers of calls that report progress after the reports.</summary>
    public void OrderAnswers(IDependencyResolver resolver)
    {
        ReplaceStock(ServerSentEvents, context => new AnswerBehindProgress.ServerSentEventsTransport(context, resolver));
        ReplaceStock(ForeverFrame, context => new AnswerBehindProgress.ForeverFrameTransport(context, resolver));
        ReplaceStock(LongPolling, context => new AnswerBehindProgress.LongPollingTransport(context, resolver));
    }

    private void ReplaceStock(string name, Func<HostContext, ITransport> factory)
    {
        if (IsStock(name))
        {
            Replace(name, factory);
        }
    }

    private bool IsStock(string name) => AuthorOf(name) == typeof(TransportManager).Assembly.GetName().Name;

    // The assembly of the function identifies the author of a transport.
    private string? AuthorOf(string name) => FactoryOf(name)?.Method.Module.Assembly.GetName().Name;

    private Func<HostContext, ITransport>? FactoryOf(string name) =>
        manager is not null
        && Factories?.GetValue(manager) is IDictionary<string, Func<HostContext, ITransport>> factories
        && factories.TryGetValue(name, out var factory)
            ? factory
            : null;
}
