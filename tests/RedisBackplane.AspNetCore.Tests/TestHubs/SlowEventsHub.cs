namespace RedisBackplane.AspNetCore.Tests.TestHubs;

/// <summary>A hub whose events wait: for groups, and for what the test says.</summary>
public sealed class SlowEventsHub(Journal journal) : Hub
{
    public override async Task OnReconnected()
    {
        await Groups.Add(Context.ConnectionId, "one");
        await Groups.Add(Context.ConnectionId, "two");
        journal.Write("slow", "rejoined");
    }

    public override async Task OnDisconnected(bool stopCalled)
    {
        journal.Write("slow", "leaving");
        if (await journal.NextAsync("may leave") == "fail")
        {
            throw new InvalidOperationException("not left");
        }
    }

    public void Mark() => journal.Write("slow", "marked");
}
