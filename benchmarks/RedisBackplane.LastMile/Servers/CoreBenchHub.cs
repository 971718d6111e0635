using Microsoft.AspNetCore.SignalR;

namespace RedisBackplane.LastMile.Servers;

public sealed class CoreBenchHub : Hub
{
    public string Echo(string text) => text;

    public async Task<string> EchoLater(string text)
    {
        await Task.Yield();
        return text;
    }

    public object EchoObject(string text) => new Reply { Text = text, Number = 5 };

    public Task ToCaller(string text) => Clients.Caller.SendAsync("hear", text);

    public Task ToClient(string id, string text) => Clients.Client(id).SendAsync("hear", text);

    public Task ToGroup(string text) => Clients.Group("some").SendAsync("hear", text);

    public Task ToAll(string text) => Clients.All.SendAsync("hear", text);

    public Task Join() => Groups.AddToGroupAsync(Context.ConnectionId, "some");
}
