namespace RedisBackplane.AspNetCore.Tests.TestHubs;

/// <summary>The hub of most tests.</summary>
[HubName("chat")]
public sealed class ChatHub(Journal journal) : Hub
{
    public override Task OnConnected()
    {
        journal.Write("connected", Context.ConnectionId);
        return base.OnConnected();
    }

    public override Task OnDisconnected(bool stopCalled)
    {
        journal.Write("disconnected", $"{Context.ConnectionId} {(stopCalled ? "stopped" : "lost")}");
        return base.OnDisconnected(stopCalled);
    }

    public string Echo(string text) => text;

    public Task Broadcast(string text) => Clients.All.received(text);

    public async Task Count(int to)
    {
        for (var number = 1; number <= to; number++)
        {
            await (Task)Clients.Caller.received($"{number}");
        }
    }

    public Task SendToOthers(string text) => Clients.Others.received(text);

    public Task SendToCaller(string text) => Clients.Caller.received(text);

    public Task SendToClient(string connectionId, string text) => Clients.Client(connectionId).received(text);

    public Task SendToUser(string user, string text) => Clients.User(user).received(text);

    public Task SendToGroup(string group, string text) => Clients.Group(group).received(text);

    public Task Join(string group) => Groups.Add(Context.ConnectionId, group);

    public Task Leave(string group) => Groups.Remove(Context.ConnectionId, group);
}
