using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;

namespace RedisBackplane.BrowserTests.JavaScript;

/// <summary>What <c>client.js</c> calls.</summary>
[HubName("scripted")]
public sealed class ScriptedHub : Hub
{
    public string Greet(string name) => $"Hello {name}";

    public void Refuse() => throw new HubException("told", new { code = 7 });

    public int Work(int steps, IProgress<int> progress)
    {
        for (var step = 1; step <= steps; step++)
        {
            progress.Report(step);
        }

        return steps;
    }

    public void CountUp() => Clients.Caller.count = (int)Clients.Caller.count + 1;

    public Task Broadcast(string text) => Clients.All.received(text);

    public Task Join(string group) => Groups.Add(Context.ConnectionId, group);

    public Task SendToGroup(string group, string text) => Clients.Group(group).received(text);
}
