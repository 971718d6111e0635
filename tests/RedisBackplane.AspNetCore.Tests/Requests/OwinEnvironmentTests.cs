namespace RedisBackplane.AspNetCore.Tests.Requests;

/// <summary>What hubs and connections read from the OWIN environment.</summary>
public sealed class OwinEnvironmentTests
{
    [Fact]
    public async Task Environment_OfARequest_HasTheKeysOfOwin()
    {
        IDictionary<string, object>? seen = null;
        await using var host = await StartAsync(environment =>
        {
            seen = environment;
            Assert.Equal(["one, two"], Headers(environment, "owin.RequestHeaders")["X-Two"]);
            Assert.Equal("/raw", environment["owin.RequestPath"]);
            Assert.Equal("a=1", environment["owin.RequestQueryString"]);
            Assert.True((bool)environment["server.IsLocal"]);
            Assert.Equal("127.0.0.1", environment["server.RemoteIpAddress"]);
            Assert.NotNull(environment["server.User"]);
            Assert.False(((CancellationToken)environment["owin.CallCancelled"]).IsCancellationRequested);
            Assert.True(((CancellationToken)environment["host.OnAppDisposing"]).CanBeCanceled);
            ((TextWriter)environment["host.TraceOutput"]).WriteLine("traced");
            using var body = new StreamReader((Stream)environment["owin.RequestBody"]);
            Assert.Equal("posted", body.ReadToEndAsync().GetAwaiter().GetResult());
            Headers(environment, "owin.ResponseHeaders")["X-Answer"] = ["set"];
            environment["owin.ResponseStatusCode"] = 418;
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/raw?a=1") { Content = new StringContent("posted") };
        request.Headers.Add("X-Two", ["one", "two"]);

        using var response = await host.Client.SendAsync(request);

        Assert.Equal(418, (int)response.StatusCode);
        Assert.Equal("set", response.Headers.GetValues("X-Answer").Single());
        Assert.Equal(["one, two"], Headers(seen!, "owin.RequestHeaders")["x-two"]);
        await host.Journal.NextAsync("ended");
        Assert.Empty(Headers(seen!, "owin.ResponseHeaders"));
        Assert.Equal(-1, ((Stream)seen!["owin.RequestBody"]).ReadByte());
    }

    [Fact]
    public async Task Bodies_ReadAndWrittenSynchronously_AreThoseOfTheRequest()
    {
        await using var host = await StartAsync(environment =>
        {
            using var reader = new StreamReader((Stream)environment["owin.RequestBody"]);
            using var writer = new StreamWriter((Stream)environment["owin.ResponseBody"]);
            writer.Write($"answer to {reader.ReadToEnd()}");
        });

        using var content = new StringContent("the question");
        using var response = await host.Client.PostAsync(new Uri("/raw", UriKind.Relative), content);

        Assert.Equal("answer to the question", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task TraceOutput_OfTheHost_GoesToTheLog()
    {
        var logs = new CapturedLogs();
        await using var host = await StartAsync(
            environment => ((TextWriter)environment["host.TraceOutput"]).WriteLine("traced {0}", 7),
            services => services.AddSingleton(logs.Provider));

        using var response = await host.Client.GetAsync(new Uri("/raw", UriKind.Relative));

        Assert.Equal("traced 7", (await logs.NextAsync(log => log.Category == "SignalR.TraceOutput")).Message);
    }

    private static IDictionary<string, string[]> Headers(IDictionary<string, object> environment, string key) =>
        (IDictionary<string, string[]>)environment[key];

    private static Task<SignalRHost> StartAsync(
        Action<IDictionary<string, object>> look, Action<IServiceCollection>? services = null) => SignalRHost.StartAsync(
            services: all =>
            {
                all.AddSingleton(look);
                services?.Invoke(all);
            },
            map: app => app.MapClassicSignalR<LookingConnection>("/raw"));

    private sealed class LookingConnection(Action<IDictionary<string, object>> look) : PersistentConnection
    {
        public override Task ProcessRequest(Microsoft.AspNet.SignalR.Hosting.HostContext context)
        {
            look(context.Environment);
            Assert.Same(context.Environment, context.Request.Environment);
            return Task.CompletedTask;
        }
    }
}
