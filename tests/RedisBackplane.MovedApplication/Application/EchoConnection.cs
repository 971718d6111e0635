using System.Threading.Tasks;
using Microsoft.AspNet.SignalR;

namespace RedisBackplane.MovedApplication;

public class EchoConnection : PersistentConnection
{
    protected override Task OnReceived(IRequest request, string connectionId, string data)
    {
        return Connection.Send(connectionId, "echo " + data);
    }
}
