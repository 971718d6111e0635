using Microsoft.AspNet.SignalR.Client;
using Microsoft.AspNet.SignalR.Client.Transports;

namespace RedisBackplane.AspNetCore.Tests.Hosting;

/// <summary>The transports that the .NET client has.</summary>
public static class ClientTransports
{
    public static Task StartAsync(this Connection connection, string transport) =>
        connection.Start(Make(transport)).WaitAsync(Wait.Limit);

    private static IClientTransport Make(string name) => name switch
    {
        "webSockets" => new WebSocketTransport(),
        "serverSentEvents" => new ServerSentEventsTransport(),
        "longPolling" => new LongPollingTransport(),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };
}
