using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNet.SignalR.Json;
using Microsoft.AspNet.SignalR.Transports;
using RedisBackplane.AspNetCore.Hubs.Dispatch;
using RedisBackplane.AspNetCore.Requests;
using RedisBackplane.AspNetCore.Transports;
using RedisBackplane.Hubs;
using WebSocketTransport = RedisBackplane.AspNetCore.Transports.WebSocketTransport;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>
/// The two requests that start a connection over a WebSocket, in the form that client libraries send. SignalR would
/// create many objects for each, and keep some of them as long as the connection. It serves all other requests.
/// </summary>
internal sealed partial class ScopedHubDispatcher
{
    private static readonly byte[] Started = "{ \"Response\": \"started\" }"u8.ToArray();

    private const string Debugging = "_isDebuggingEnabled";

    // Whether this SignalR has the members that its own code for these requests sets.
    private static readonly bool CanBeSet = HasSetter(nameof(Transport)) && HasSetter(nameof(Connection))
        && typeof(HubDispatcher).GetField(Debugging, BindingFlags.Instance | BindingFlags.NonPublic) is not null;

    /// <returns><see langword="null"/> if SignalR must serve the request.</returns>
    private Task? TryStart(HostContext context)
    {
        var request = context.Request;
        var isStart = ConnectionStart.Asks(request, "/start");
        if (!CanBeSet
            || _hubs is null
            || context.Response is not ClassicResponse response
            || (!isStart && ConnectionStart.KindOf(request) != StartKind.Connect)
            || request.QueryString["connectionToken"] is not { Length: > 0 } token
            || !string.IsNullOrEmpty(request.QueryString["groupsToken"])
            || !string.IsNullOrEmpty(request.QueryString["callback"])
            || !calls!.ServesSockets(request.QueryString["transport"])
            || !TryGetConnectionId(context, token, out var connectionId, out _, out _))
        {
            return null;
        }

        return isStart ? StartAsync(request, response, connectionId) : TryConnect(context, connectionId);
    }

    private async Task StartAsync(IRequest request, ClassicResponse response, string connectionId)
    {
        // What the application may have replaced is asked as SignalR does, though the results concern another request.
        UserIdProvider.GetUserId(request);
        OnRejoiningGroups(request, [], connectionId);
        SetConnection(this, new ClientConnection(calls!.ClientsWith(JsonSerializer), connectionId, [], []));
        await OnConnected(request, connectionId).ConfigureAwait(false);
        response.ContentType = JsonUtility.JsonMimeType;
        response.Write(Started);
        Counters.ConnectionsConnected.Increment();
    }

    private Task? TryConnect(HostContext context, string connectionId)
    {
        var request = context.Request;
        if (calls!.Transports.GetTransport(context) is not WebSocketTransport transport)
        {
            return null;
        }

        var keys = KeysOf(_hubs!, UserIdProvider.GetUserId(request), connectionId);
        var groups = OnRejoiningGroups(request, [], connectionId);
        var connection = new ClientConnection(
            calls.ClientsWith(JsonSerializer), connectionId, keys, [.. groups.Select(static group => SignalKeys.HubGroup + group)]);
        SetConnection(this, connection);
        SetTransport(this, transport);

        // For the calls that SignalR serves.
        DebuggingOf(this) = _tellsStackTraces;
        _request = request;
        transport.ConnectionId = connectionId;
        transport.Receiver = this;
        transport.Disconnected = OnDisconnectedAsync;
        return transport.ProcessRequest(connection);
    }

    private static List<string> KeysOf(ConnectedHub[] hubs, string userId, string connectionId)
    {
        var keys = new List<string>((hubs.Length * 3) + 1);
        foreach (var hub in hubs)
        {
            keys.Add(hub.Key);
            keys.Add(hub.ConnectionPrefix + connectionId);
            if (!string.IsNullOrEmpty(userId))
            {
                keys.Add(hub.UserPrefix + userId);
            }
        }

        keys.Add(SignalKeys.OfConnection(connectionId));
        return keys;
    }

    private Task OnDisconnectedAsync(bool stopCalled) => OnDisconnected(_request!, Transport.ConnectionId, stopCalled);

    private static bool HasSetter(string property) =>
        typeof(PersistentConnection).GetMethod("set_" + property, BindingFlags.Instance | BindingFlags.NonPublic) is not null;

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Transport")]
    private static extern void SetTransport(PersistentConnection connection, ITransport transport);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Connection")]
    private static extern void SetConnection(PersistentConnection connection, IConnection value);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = Debugging)]
    private static extern ref bool DebuggingOf(HubDispatcher dispatcher);
}
