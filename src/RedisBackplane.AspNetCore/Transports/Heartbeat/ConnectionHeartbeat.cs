using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNet.SignalR.Configuration;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Transports;
using RedisBackplane.Telemetry;

namespace RedisBackplane.AspNetCore.Transports.Heartbeat;

/// <summary>
/// Watches the connections of a host, with the intervals of SignalR's <see cref="TransportHeartbeat"/>: each connection
/// gets a sign of life once in <see cref="IConfigurationManager.KeepAlive"/> and is checked twice. The connections
/// take turns, a sixteenth of them at a time. All at once would need a buffer of the server for each. Thread-safe.
/// </summary>
internal sealed class ConnectionHeartbeat : ITransportHeartbeat, IDisposable
{
    // Of SignalR.
    private const int KeepAlivesPerDisconnectTimeout = 3;

    private readonly ConcurrentDictionary<string, TrackedConnection> _connections = new();
    private readonly ConnectionRing _ring = new();
    private readonly List<TrackedConnection> _turn = [];
    private readonly IConfigurationManager _configuration;
    private readonly IPerformanceCounter _current;
    private readonly GuardedTrace _trace;
    private readonly Disconnections _disconnections;
    private readonly TimeProvider _time;
    private readonly TimeSpan _step;
    private readonly long _start;
    private readonly ITimer _timer;
    private long _steps;
    private int _count;
    private int _isBeating;

    /// <param name="current">Counts the connections.</param>
    public ConnectionHeartbeat(IConfigurationManager configuration, IPerformanceCounter current, TraceSource trace, TimeProvider time)
    {
        _configuration = configuration;
        _current = current;
        // In the callback of the timer, what a listener throws would end the process.
        _trace = new GuardedTrace(trace, static _ => { });
        _disconnections = new Disconnections(DisconnectIfAway);
        _time = time;
        _step = (configuration.KeepAlive ?? (configuration.DisconnectTimeout / KeepAlivesPerDisconnectTimeout)) / ConnectionRing.Slots;
        _start = time.GetTimestamp();

        // The first connection creates this. The timer must not keep what belongs to its request.
        var suppression = ExecutionContext.IsFlowSuppressed() ? (AsyncFlowControl?)null : ExecutionContext.SuppressFlow();
        _timer = time.CreateTimer(static state => ((ConnectionHeartbeat)state!).Beat(), this, _step, _step);
        suppression?.Undo();
    }

    public ITrackingConnection? AddOrUpdateConnection(ITrackingConnection connection)
    {
        var tracked = new TrackedConnection(connection, _time.GetTimestamp());
        if (connection is ClientTransport transport)
        {
            transport.Tracked = tracked;
        }

        // First: whoever finds the connection may remove it.
        _ring.Add(tracked);
        var replaced = Put(tracked);
        if (replaced is null)
        {
            Trace(TraceEventType.Information, "Connection {0} is New.", connection.ConnectionId);
            SetCount(Interlocked.Increment(ref _count));
        }
        else
        {
            _ring.Remove(replaced);
            replaced.Connection.End();

            // It may be on another transport, which has a counter of its own.
            replaced.Connection.DecrementConnectionsCount();
        }

        connection.IncrementConnectionsCount();
        connection.ApplyState(TransportConnectionStates.Added);
        return replaced?.Connection;
    }

    public void RemoveConnection(ITrackingConnection connection)
    {
        // A request of this package's transports removes itself, and not a later request of the same client.
        if (connection is ClientTransport { Tracked: { } own })
        {
            TryRemove(own);
        }
        else if (_connections.TryRemove(connection.ConnectionId, out var tracked))
        {
            OnRemoved(tracked, connection);
        }
    }

    public void MarkConnection(ITrackingConnection connection)
    {
        if (!connection.IsAlive)
        {
            return;
        }

        // For each message to a client, so without a search.
        if (connection is ClientTransport { Tracked: { } own })
        {
            own.Mark(_time.GetTimestamp());
        }
        else if (_connections.TryGetValue(connection.ConnectionId, out var tracked))
        {
            tracked.Mark(_time.GetTimestamp());
        }
    }

    public IList<ITrackingConnection> GetConnections() => [.. _connections.Select(static pair => pair.Value.Connection)];

    public void Dispose()
    {
        _timer.Dispose();
        Trace(TraceEventType.Information, "Dispose(). Closing all {0} connections", _connections.Count);
        foreach (var (_, tracked) in _connections)
        {
            tracked.Connection.End();
        }
    }

    /// <returns>The earlier request of the same client, which this one replaces; null if there is none.</returns>
    private TrackedConnection? Put(TrackedConnection tracked)
    {
        var id = tracked.Connection.ConnectionId;
        while (!_connections.TryAdd(id, tracked))
        {
            if (!_connections.TryGetValue(id, out var existing))
            {
                continue;
            }

            Trace(TraceEventType.Verbose, "Connection {0} exists. Closing previous connection.", id);

            // Before the new one is found: an abort that both receive is told to the hubs by the new one only.
            existing.Connection.ApplyState(TransportConnectionStates.Replaced);
            if (_connections.TryUpdate(id, tracked, existing))
            {
                return existing;
            }
        }

        return null;
    }

    private void OnRemoved(TrackedConnection tracked, ITrackingConnection connection)
    {
        _ring.Remove(tracked);
        connection.DecrementConnectionsCount();
        SetCount(Interlocked.Decrement(ref _count));
        connection.ApplyState(TransportConnectionStates.Removed);
        Trace(TraceEventType.Information, "Removing connection {0}", connection.ConnectionId);
    }

    // Two of these may overtake each other. The next beat corrects it.
    private void SetCount(int count)
    {
        try
        {
            _current.RawValue = count;
        }
        catch (Exception exception)
        {
            // The application's counter. In the timer's callback its exception would end the process.
            OnFailed(exception);
        }
    }

    private void OnFailed(Exception exception) =>
        Trace(TraceEventType.Error, "SignalR error during transport heart beat on background thread: {0}", exception);

    private void Beat()
    {
        if (Interlocked.Exchange(ref _isBeating, 1) != 0)
        {
            // The next beat takes over what is due.
            return;
        }

        try
        {
            SetCount(Volatile.Read(ref _count));
            var due = (long)(_time.GetElapsedTime(_start) / _step);
            for (_steps = Math.Max(_steps, due - ConnectionRing.Slots); _steps < due; _steps++)
            {
                Visit(_steps % ConnectionRing.Slots, isKeepAliveDue: true);
                Visit((_steps + (ConnectionRing.Slots / 2)) % ConnectionRing.Slots, isKeepAliveDue: false);
            }
        }
        catch (Exception exception)
        {
            // Without memory. In a timer's callback it would end the process.
            OnFailed(exception);
        }
        finally
        {
            // They may be gone before the next turn.
            _turn.Clear();
            Volatile.Write(ref _isBeating, 0);
        }
    }

    private void Visit(long slot, bool isKeepAliveDue)
    {
        _turn.Clear();
        _ring.CopyTo((int)slot, _turn);
        foreach (var tracked in _turn)
        {
            try
            {
                Check(tracked, isKeepAliveDue);
            }
            catch (Exception exception)
            {
                // The others have their turn all the same.
                OnFailed(exception);
            }
        }
    }

    private void Check(TrackedConnection tracked, bool isKeepAliveDue)
    {
        var connection = tracked.Connection;
        if (!connection.IsAlive)
        {
            Trace(TraceEventType.Verbose, "{0} is dead", connection.ConnectionId);
            if (IsAway(tracked) && tracked.TryBeginToLeave())
            {
                _disconnections.Add(tracked);
            }
        }
        else if (IsOver(tracked))
        {
            connection.Timeout();
        }
        else
        {
            if (isKeepAliveDue && connection.SupportsKeepAlive && _configuration.KeepAlive is not null)
            {
                Trace(TraceEventType.Verbose, "KeepAlive({0})", connection.ConnectionId);
                Observe(connection.KeepAlive());
            }

            tracked.Mark(_time.GetTimestamp());
        }
    }

    private bool IsAway(TrackedConnection tracked) =>
        !tracked.Connection.IsAlive
        && _time.GetElapsedTime(tracked.LastMarked) >= tracked.Connection.DisconnectThreshold + _configuration.DisconnectTimeout;

    // Not if the client came back while this waited for a thread.
    private void DisconnectIfAway(TrackedConnection tracked)
    {
        try
        {
            if (IsAway(tracked) && TryRemove(tracked))
            {
                // A transport reports the failure of a hub itself.
                _ = tracked.Connection.Disconnect();
            }
        }
        catch (Exception exception)
        {
            Trace(TraceEventType.Error, "Raising Disconnect failed: {0}", exception);
        }
        finally
        {
            tracked.Stay();
        }
    }

    private bool TryRemove(TrackedConnection tracked)
    {
        var isRemoved = _connections.TryRemove(KeyValuePair.Create(tracked.Connection.ConnectionId, tracked));
        if (isRemoved)
        {
            OnRemoved(tracked, tracked.Connection);
        }

        return isRemoved;
    }

    /// <summary>Whether a request has lasted as long as it may. Streams that get signs of life have no end.</summary>
    private bool IsOver(TrackedConnection tracked) =>
        !tracked.Connection.IsTimedOut
        && (_configuration.KeepAlive is null || tracked.Connection.RequiresTimeout)
        && _time.GetElapsedTime(tracked.Start) >= _configuration.ConnectionTimeout;

    private void Observe(Task sending)
    {
        if (!sending.IsCompletedSuccessfully)
        {
            _ = ObserveAsync();
        }

        async Task ObserveAsync()
        {
            try
            {
                await sending.ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                Trace(TraceEventType.Error, "Failed to send keep alive: {0}", exception.GetBaseException());
            }
        }
    }

    private void Trace(TraceEventType type, string format, object value)
    {
        if (_trace.Wants(type))
        {
            _trace.Write(type, 0, () => string.Format(CultureInfo.InvariantCulture, format, value));
        }
    }
}
