using Microsoft.AspNet.SignalR.Hubs;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// One call, as the modules of the pipeline see it. The state of the caller is created only if code reads it: calls
/// that carry state are served by SignalR, and few other calls set any.
/// </summary>
internal sealed class HubInvocation(HubMethod method, string id) : IHubIncomingInvokerContext, ICaller
{
    private StateChangeTracker? _tracker;

    public HubMethod Method { get; } = method;

    /// <summary>The id of the call. Its answer has the same id.</summary>
    public string Id { get; } = id;

    public IHub Hub { get; set; } = null!;

    /// <summary>
    /// Whether nobody awaits the method before the answer is written. Code that awaits a method that failed with an
    /// <see cref="OperationCanceledException"/> sees that it was cancelled.
    /// </summary>
    public bool IsPassedOn { get; private set; }

    public IList<object> Args { get; set; } = [];

    string ICaller.Hub => Method.Hub.Name;

    public MethodDescriptor MethodDescriptor => Method.Descriptor;

    public StateChangeTracker StateTracker =>
        _tracker ?? Interlocked.CompareExchange(ref _tracker, new StateChangeTracker(new Dictionary<string, object>()), null) ?? _tracker;

    /// <summary>Calls the next step, without adding a continuation.</summary>
    public Task<object?> PassOn(Func<IHubIncomingInvokerContext, Task<object?>> invoke)
    {
        IsPassedOn = true;
        try
        {
            return invoke(this) ?? MethodResults.Nothing;
        }
#pragma warning disable CA1031 // Whatever a hub method throws is the answer to its caller.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Task.FromException<object?>(exception);
        }
    }

    public IDictionary<string, object>? StateChanges() => Volatile.Read(ref _tracker)?.GetChanges();
}
