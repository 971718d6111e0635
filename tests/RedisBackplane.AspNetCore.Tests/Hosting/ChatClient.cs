using Microsoft.AspNet.SignalR.Client;

namespace RedisBackplane.AspNetCore.Tests.Hosting;

/// <summary>The real .NET client, with its proxy of a hub and what it received.</summary>
internal sealed class ChatClient : IDisposable
{
    public ChatClient(SignalRHost host, string? user = null, string hub = "chat")
    {
        Connection = host.Connect(user);
        Hub = Connection.CreateHubProxy(hub);
        Inbox = new Inbox<string>(Hub, "received");
    }

    public HubConnection Connection { get; }

    public IHubProxy Hub { get; }

    public Inbox<string> Inbox { get; }

    public Task StartAsync(string transport) => Connection.StartAsync(transport);

    public Task CallAsync(string method, params object[] arguments) => Hub.Invoke(method, arguments).WaitAsync(Wait.Limit);

    public void Dispose() => Connection.Dispose();
}
