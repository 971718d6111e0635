using Microsoft.AspNet.SignalR.Client;

namespace RedisBackplane.AspNetCore.Tests.Hosting;

/// <summary>The real .NET client, with its proxy of a hub and what it received.</summary>
internal sealed class ChatClient : IDisposable
{
    public ChatClient(SignalRHost host, string? user = null, string hub = "chat")
        : this(host.Connect(user), hub)
    {
    }

    /// <param name="through">What is between the client and the server.</param>
    public ChatClient(TcpProxy through)
        : this(new HubConnection($"http://{through.EndPoint}/signalr", useDefaultUrl: false))
    {
    }

    public ChatClient(HubConnection connection, string hub = "chat")
    {
        Connection = connection;
        Hub = Connection.CreateHubProxy(hub);
        Inbox = new Inbox<string>(Hub, "received");
    }

    public HubConnection Connection { get; }

    public IHubProxy Hub { get; }

    public Inbox<string> Inbox { get; }

    public static async Task<ChatClient> StartAsync(
        SignalRHost host, string transport = "webSockets", string? user = null, string hub = "chat")
    {
        var client = new ChatClient(host, user, hub);
        await client.StartAsync(transport);
        return client;
    }

    public Task StartAsync(string transport) => Connection.StartAsync(transport);

    public Task CallAsync(string method, params object[] arguments) => Hub.Invoke(method, arguments).WaitAsync(Wait.Limit);

    public Task<T> AskAsync<T>(string method, params object[] arguments) => Hub.Invoke<T>(method, arguments).WaitAsync(Wait.Limit);

    public void Dispose() => Connection.Dispose();
}
