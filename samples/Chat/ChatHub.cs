using Chat.Backplane;
using Chat.Presence;
using Microsoft.AspNet.SignalR;

namespace Chat;

/// <summary>
/// The chat. <see cref="Send"/> is the tutorial's method; rooms, private messages and presence are additions. The hub
/// knows neither Redis nor the other servers. The backplane carries messages to all, to a group or to a connection to
/// the servers that have the recipients.
/// </summary>
public sealed class ChatHub(
    ServerIdentity server,
    LocalPeople people,
    FarmDirectory farm,
    PresenceService presence,
    FarmInfo info,
    StoreTime storeTime,
    EmbeddedRedisSwitch redisSwitch,
    ConnectionTurns turns,
    TimeProvider time) : Hub
{
    private const int MaxName = 40;
    private const int MaxRoom = 30;
    private const int MaxRooms = 20;
    private const int MaxText = 2000;

    /// <summary>Sends a message to everybody, on every server.</summary>
    public Task Send(string name, string message) =>
        storeTime.Take(Clients.All.broadcastMessage(Name(name), Text(message), Origin()));

    /// <summary>
    /// Tells the server who this is. A page calls it after every (re)connect, with the rooms that it was in before.
    /// </summary>
    public Task<Welcome> Join(string name, string[]? rooms) => InTurn(async () =>
    {
        var wanted = (rooms ?? []).Take(MaxRooms + 1).Select(Room).Union(RoomsOf(Context.ConnectionId)).ToArray();
        RequireRoomFor(wanted.Length);

        people.Join(Context.ConnectionId, Name(name), wanted);
        presence.Changed();
        await Task.WhenAll(wanted.Select(GroupOf).Append(presence.LocalGroup).Select(group => Groups.Add(Context.ConnectionId, group)));
        return new Welcome(server.Name, info.Redis, info.AppName, farm.Snapshot());
    });

    /// <summary>Enters a room. A room exists as long as somebody is in it.</summary>
    /// <returns>The room's name without spaces around it.</returns>
    public Task<string> EnterRoom(string room) => InTurn(async () =>
    {
        var name = Room(room);
        RequireRoomFor(Me().Rooms.Union([name]).Count());

        await Groups.Add(Context.ConnectionId, GroupOf(name));
        people.Enter(Context.ConnectionId, name);
        presence.Changed();
        return name;
    });

    /// <summary>Leaves a room. Does nothing for a person who is not in it.</summary>
    /// <returns>The room's name without spaces around it.</returns>
    public Task<string> LeaveRoom(string room) => InTurn(async () =>
    {
        var name = Room(room);
        if (Me().Rooms.Contains(name))
        {
            people.Leave(Context.ConnectionId, name);
            presence.Changed();
            await Groups.Remove(Context.ConnectionId, GroupOf(name));
        }

        return name;
    });

    /// <summary>Sends a message to everybody in a room that the caller is in.</summary>
    public Task SendToRoom(string room, string message)
    {
        var me = Me();
        return me.Rooms.Contains(room)
            ? storeTime.Take(Clients.Group(GroupOf(room)).roomMessage(room, me.Name, Text(message), Origin()))
            : throw new HubException("Enter the room first.");
    }

    /// <summary>Sends a message to one person, on any server. The sender receives it too, as in a room.</summary>
    public Task SendPrivate(string to, string message)
    {
        var me = Me();
        return farm.Find(to) is { } person
            ? storeTime.Take(Clients.Clients([person.Id, me.Id]).privateMessage(person.Id, me.Name, Text(message), Origin()))
            : throw new HubException("They are no longer here.");
    }

    /// <summary>Stops the embedded Redis for a while, to show what happens to messages in the meantime.</summary>
    public void StopRedis()
    {
        if (!redisSwitch.TryOff())
        {
            throw new HubException("This Redis is not embedded in the chat; stop it yourself.");
        }
    }

    public override Task OnDisconnected(bool stopCalled)
    {
        if (people.Remove(Context.ConnectionId))
        {
            presence.Changed();
        }

        return base.OnDisconnected(stopCalled);
    }

    private static string GroupOf(string room) => $"room:{room}";

    private static string Name(string? value) => ChatText.Line("A name", value, MaxName);

    private static string Room(string? value) => ChatText.Line("A room's name", value, MaxRoom);

    private static string Text(string? value) => ChatText.Message(value, MaxText);

    private static void RequireRoomFor(int rooms)
    {
        if (rooms > MaxRooms)
        {
            throw new HubException($"Nobody can be in more than {MaxRooms} rooms.");
        }
    }

    private Task<T> InTurn<T>(Func<Task<T>> action) => turns.RunAsync(Context.ConnectionId, action);

    private Person Me() => people.Find(Context.ConnectionId) ?? throw new HubException("Join first.");

    private IReadOnlyList<string> RoomsOf(string id) => people.Find(id)?.Rooms ?? [];

    private MessageOrigin Origin() => new(Context.ConnectionId, server.Name, time.GetUtcNow().ToUnixTimeMilliseconds());
}
