using Microsoft.AspNet.SignalR.Hubs;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// One call as the modules of the pipeline see it. The state of the caller is made when somebody asks for it: calls
/// that bring state are SignalR's, and few others set any.
/// </summary>
internal sealed class HubInvocation(HubMethod method, string id) : IHubIncomingInvokerContext
{
    private StateChangeTracker? _tracker;

    public HubMethod Method { get; } = method;

    /// <summary>The id of the call, which its answer bears.</summary>
    public string Id { get; } = id;

    public IHub Hub { get; set; } = null!;

    /// <summary>
    /// Nobody awaits the method before the answer is written. Who awaits a method that failed with an
    /// <see cref="OperationCanceledException"/> sees that it was cancelled.
    /// </summary>
    public bool IsPassedOn { get; private set; }

    public IList<object> Args { get; set; } = [];

    public MethodDescriptor MethodDescriptor => Method.Descriptor;

    public StateChangeTracker StateTracker =>
        _tracker ?? Interlocked.CompareExchange(ref _tracker, new StateChangeTracker(new Dictionary<string, object>()), null) ?? _tracker;

    /// <summary>Goes on to the next step, without a continuation of its own behind it.</summary>
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

    /// <summary>What of the caller's state the call has changed; <see langword="null"/> if nothing.</summary>
    public IDictionary<string, object>? StateChanges() => Volatile.Read(ref _tracker)?.GetChanges();
}
