namespace RedisBackplane.AspNetCore.Tests.TestHubs;

public interface IParting
{
    void Left(string who);
}

public interface IReader : IParting
{
    Task Received(string text);

    Task Many(int number, params string[] texts);
}

/// <summary>A hub with typed clients, for each of their targets.</summary>
public sealed class TypedHub : Hub<IReader>
{
    public Task ToAll(string text) => Clients.All.Received(text);

    public Task ToAllExcept(string text, string connectionId) => Clients.AllExcept(connectionId).Received(text);

    public Task ToCaller(string text) => Clients.Caller.Received(text);

    public Task ToOthers(string text) => Clients.Others.Received(text);

    public Task ToClient(string text, string connectionId) => Clients.Client(connectionId).Received(text);

    public Task ToClients(string text, string[] connectionIds) => Clients.Clients(connectionIds).Received(text);

    public Task ToUser(string text, string user) => Clients.User(user).Received(text);

    public Task ToUsers(string text, string[] users) => Clients.Users(users).Received(text);

    public Task ToGroup(string text, string group) => Clients.Group(group).Received(text);

    public Task ToGroups(string text, string[] groups) => Clients.Groups(groups).Received(text);

    public Task ToOthersInGroup(string text, string group) => Clients.OthersInGroup(group).Received(text);

    public Task Join(string group) => Groups.Add(Context.ConnectionId, group);

    public void Leave(string who) => Clients.All.Left(who);

    public Task Many() => Clients.Caller.Many(2, "one", "two");

    public int CountUp() => Clients.CallerState.count = (int)Clients.CallerState.count + 1;
}
