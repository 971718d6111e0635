using Microsoft.AspNet.SignalR.Hubs;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>The client that a hub serves, with the state that the client sends with its calls.</summary>
internal interface ICaller
{
    /// <summary>The name of the hub.</summary>
    string Hub { get; }

    StateChangeTracker StateTracker { get; }

    /// <summary>
    /// Returns the changes that the hub made to the state; <see langword="null"/> if there are none.
    /// </summary>
    IDictionary<string, object>? StateChanges();
}

/// <summary>The client whose hubs are notified of an event. Few hubs use its state then.</summary>
internal sealed class EventCaller(string hub) : ICaller
{
    private StateChangeTracker? _tracker;

    public string Hub => hub;

    public StateChangeTracker StateTracker =>
        _tracker ?? Interlocked.CompareExchange(ref _tracker, new StateChangeTracker(), null) ?? _tracker;

    public IDictionary<string, object>? StateChanges() => Volatile.Read(ref _tracker)?.GetChanges();
}
