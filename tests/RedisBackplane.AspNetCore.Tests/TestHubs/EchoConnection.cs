namespace RedisBackplane.AspNetCore.Tests.TestHubs;

/// <summary>A persistent connection that answers, and sends to a group.</summary>
public sealed class EchoConnection(Journal journal) : PersistentConnection
{
    protected override async Task OnConnected(IRequest request, string connectionId)
    {
        await Groups.Add(connectionId, "everybody");
        await Connection.Send(connectionId, "welcome");
    }

    protected override Task OnReceived(IRequest request, string connectionId, string data) =>
        data.StartsWith("group:", StringComparison.Ordinal)
            ? Groups.Send("everybody", data["group:".Length..])
            : Connection.Send(connectionId, $"echo:{data}");

    protected override Task OnDisconnected(IRequest request, string connectionId, bool stopCalled)
    {
        journal.Write("disconnected", $"{connectionId} {stopCalled}");
        return base.OnDisconnected(request, connectionId, stopCalled);
    }
}
