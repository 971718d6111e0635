using Chat.Backplane;
using Chat.Presence;
using Microsoft.AspNet.SignalR;

namespace Chat;

/// <summary>
/// The chat. <see cref="Send"/> is the tutorial's; rooms, private messages and presence come on top. It knows neither Redis nor the other
/// servers: messages to all, to a group or to a connection reach them wherever they are, because the backplane carries them.
/// </summary>
public sealed class ChatHub(
    ServerIdentity server,
    LocalPeople people,
    FarmDirectory farm,
    PresenceService presence,
    FarmInfo info,
    StoreTime storeTime,
    EmbeddedRedisSwitch redisSwitch,
    TimeProvider time) : Hub
{
    private const int MaxName = 40;
    private const int MaxRoom = 30;
    private const int MaxRooms = 20;
    private const int MaxText = 2000;

    /// <summary>Says something to everybody, on every server.</summary>
    public Task Send(string name, string message) =>
        storeTime.Take(Clients.All.broadcastMessage(Line("A name", name, MaxName), Text(message), Origin()));

    /// <summary>Tells who this is. A page calls it after every (re)connect; the rooms are those it was in before.</summary>
    public async Task<Welcome> Join(string name, string[]? rooms)
    {
        var wanted = (rooms ?? []).Select(room => Line("A room's name", room, MaxRoom)).Distinct(StringComparer.Ordinal).ToArray();
        if (wanted.Length > MaxRooms)
        {
            throw new HubException($"Nobody can be in more than {MaxRooms} rooms.");
        }

        people.Join(Context.ConnectionId, Line("A name", name, MaxName), wanted);
        presence.Changed();
        await Task.WhenAll(wanted.Select(GroupOf).Append(presence.LocalGroup).Select(group => Groups.Add(Context.ConnectionId, group)));
        return new Welcome(server.Name, info.Redis, info.AppName, farm.Snapshot());
    }

    /// <summary>Enters a room, which needs no founding: a room is whoever is in it.</summary>
    /// <returns>The room's name as it counts, without spaces around it.</returns>
    public async Task<string> EnterRoom(string room)
    {
        var name = Line("A room's name", room, MaxRoom);
        if (Me().Rooms is { Count: >= MaxRooms } rooms && !rooms.Contains(name))
        {
            throw new HubException($"Nobody can be in more than {MaxRooms} rooms.");
        }

        await Groups.Add(Context.ConnectionId, GroupOf(name));
        people.Enter(Context.ConnectionId, name);
        presence.Changed();
        return name;
    }

    public async Task LeaveRoom(string room)
    {
        people.Leave(Me().Id, room);
        presence.Changed();
        await Groups.Remove(Context.ConnectionId, GroupOf(room));
    }

    /// <summary>Says something to everybody in a room that the caller is in.</summary>
    public Task SendToRoom(string room, string message)
    {
        var me = Me();
        return me.Rooms.Contains(room)
            ? storeTime.Take(Clients.Group(GroupOf(room)).roomMessage(room, me.Name, Text(message), Origin()))
            : throw new HubException("Enter the room first.");
    }

    /// <summary>Says something to one person, on whatever server they are; the sender gets it back, as from a room.</summary>
    public Task SendPrivate(string to, string message)
    {
        var me = Me();
        return farm.Find(to) is { } person
            ? storeTime.Take(Clients.Clients([person.Id, me.Id]).privateMessage(person.Id, me.Name, Text(message), Origin()))
            : throw new HubException("They are no longer here.");
    }

    /// <summary>Stops the embedded Redis for a while, for whoever wants to see what becomes of what is said meanwhile.</summary>
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

    private Person Me() => people.Find(Context.ConnectionId) ?? throw new HubException("Join first.");

    private MessageOrigin Origin() => new(Context.ConnectionId, server.Name, time.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>One line of text, such as a name. How it is shown is the page's concern; here it only has to be short.</summary>
    private static string Line(string what, string? value, int max)
    {
        var line = (value ?? string.Empty).Trim();
        return line.Length is > 0 && line.Length <= max && !line.Any(char.IsControl)
            ? line
            : throw new HubException($"{what} has 1 to {max} characters, on one line.");
    }

    private static string Text(string? value) =>
        value?.Trim() is { Length: > 0 and <= MaxText } text
            ? text
            : throw new HubException($"A message has 1 to {MaxText} characters.");
}
