using System.Threading.Tasks;
using Microsoft.AspNet.SignalR;

namespace RedisBackplane.MovedApplication;

/// <summary>A hub with dynamic clients, state, users and errors.</summary>
public class ForumHub : Hub
{
    public override Task OnConnected()
    {
        return Clients.Caller.welcome(Context.QueryString["user"]);
    }

    public void Rename(string name)
    {
        Clients.Caller.renamedFrom = (string)Clients.Caller.name;
        Clients.Caller.name = name;
    }

    public Task Whisper(string user, string text)
    {
        return Clients.User(user).heard(text);
    }

    public void Fail()
    {
        throw new HubException("no", new { code = 7 });
    }

    public string Header(string name)
    {
        return Context.Headers[name];
    }
}
