using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;

namespace RedisBackplane.LastMile.Servers;

[HubName("bench")]
public sealed class ClassicBenchHub : Hub
{
    public string Echo(string text) => text;

    public async Task<string> EchoLater(string text)
    {
        await Task.Yield();
        return text;
    }

    public object EchoObject(string text) => new Reply { Text = text, Number = 5 };

    public Task ToCaller(string text) => Clients.Caller.hear(text);

    public Task ToClient(string id, string text) => Clients.Client(id).hear(text);

    public Task ToGroup(string text) => Clients.Group("some").hear(text);

    public Task ToAll(string text) => Clients.All.hear(text);

    public Task Join() => Groups.Add(Context.ConnectionId, "some");
}

public sealed class Reply
{
    public string? Text { get; set; }

    public int Number { get; set; }
}
