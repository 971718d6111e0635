namespace RedisBackplane.AspNetCore.Tests.TestHubs;

/// <summary>What hubs can do in addition to sending: state, exceptions, progress, and access to the request.</summary>
public sealed class FeatureHub(Journal journal) : Hub
{
    public override Task OnDisconnected(bool stopCalled)
    {
        var context = Context.Request.GetHttpContext() is null ? "gone" : "there";
        journal.Write("feature", $"{User()} in {Query("room")}, request {context}");
        return base.OnDisconnected(stopCalled);
    }

    public void CountUp() => Clients.Caller.count = (int)Clients.Caller.count + 1;

    public void Throw(string message) => throw new InvalidOperationException(message);

    public void ThrowHubException() => throw new HubException("told", new { code = 7 });

    // In SignalR a result can overtake progress reports. This method waits until the client has all of them.
    public async Task<string> Work(int steps, IProgress<int> progress)
    {
        for (var step = 1; step <= steps; step++)
        {
            progress.Report(step);
        }

        return await journal.NextAsync("work may end");
    }

    public int Report(int steps, IProgress<int> progress)
    {
        for (var step = 1; step <= steps; step++)
        {
            progress.Report(step);
        }

        return -1;
    }

    public object Person() => new { FirstName = "Ada" };

    public string? User() => Context.User.Identity?.Name;

    public string? Query(string name) => Context.QueryString[name];

    public string? Header(string name) => Context.Headers[name];

    public string? Cookie(string name) => Context.RequestCookies.TryGetValue(name, out var cookie) ? cookie.Value : null;

    public string? Environment(string name) => Context.Request.Environment[name]?.ToString();

    public string Url() => Context.Request.Url.ToString();

    public string? TraceIdentifier() => Context.Request.GetHttpContext()?.TraceIdentifier;
}
