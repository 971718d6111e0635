using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using RedisBackplane.AspNetCore.Requests;

namespace RedisBackplane.AspNetCore.Tests.Requests;

/// <summary>An environment that is created on demand has the same values as one created at the start.</summary>
public sealed class OwinValuesTests
{
    [Fact]
    public void Values_ReadOneByOneOrAsAWhole_AreTheSame()
    {
        var (one, whole) = (Make(), Make());
        Assert.Equal(OwinEnvironment.Keys.Order(), whole.Keys.Order());
        Assert.All(OwinEnvironment.Keys, key =>
        {
            var before = Make()[key];
            Assert.Equal(Text(whole[key]), Text(before));
            Assert.Equal(Text(whole[key]), Text(one[key]));
        });
    }

    [Fact]
    public void Values_OfAnUnknownKey_AreNone()
    {
        var values = Make();

        Assert.False(values.TryGetValue("other", out _));
        Assert.False(values.ContainsKey("other"));
        Assert.Throws<KeyNotFoundException>(() => values["other"]);
        Assert.False(values.ContainsKey("other"));
    }

    [Fact]
    public void Values_ThatAreSet_TakeThePlaceOfTheOwn()
    {
        var values = Make();
        values[OwinEnvironment.StatusKey] = 418;
        values["other"] = "set";

        Assert.Equal(418, values[OwinEnvironment.StatusKey]);
        Assert.Equal("set", values["other"]);
        Assert.Equal("production", values[OwinEnvironment.ModeKey]);
        Assert.True(values.Remove("other"));
        Assert.Equal(OwinEnvironment.Keys.Count, values.Count);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("::1", "::1", true)]
    [InlineData("10.1.2.3", "10.1.2.3", true)]
    [InlineData("10.1.2.3", "10.9.9.9", false)]
    [InlineData("10.1.2.3", null, false)]
    [InlineData(null, null, false)]
    public void IsLocal_OfAddresses_IsTrueOnlyIfTheyAreOfOneMachine(string? remote, string? local, bool isLocal) =>
        Assert.Equal(isLocal, OwinEnvironment.IsLocal(Address(remote), Address(local)));

    [Fact]
    public void MakeContext_OfSignalR_HasTheValues()
    {
        var values = Make();

        var context = values.MakeContext();

        Assert.Same(values, context.Environment);
        Assert.Same(values, context.Request.Environment);
    }

    [Fact]
    public void MakeContext_OfASignalRThatKeepsItsEnvironmentElsewhere_HasACopyOfTheValues()
    {
        var values = Make();

        var context = values.MakeContext(canBeSet: false);

        Assert.NotSame(values, context.Environment);
        Assert.Same(context.Environment, context.Request.Environment);
        Assert.All(OwinEnvironment.Keys, key => Assert.Equal(Text(values[key]), Text(context.Environment[key])));
    }

    // Some values are created for each request, and have the same type.
    private static string Text(object value) => value is Stream or TextWriter or Delegate ? value.GetType().Name : value.ToString()!;

    private static System.Net.IPAddress? Address(string? text) => text is null ? null : System.Net.IPAddress.Parse(text);

    private static OwinValues Make()
    {
        var context = new DefaultHttpContext();
        context.Features.Set<Microsoft.AspNetCore.Http.Features.IHttpWebSocketFeature>(new NoSockets());
        context.Connection.RemoteIpAddress = System.Net.IPAddress.Parse("10.1.2.3");
        context.Connection.LocalIpAddress = System.Net.IPAddress.Loopback;
        context.Connection.RemotePort = 1234;
        context.Request.Scheme = "https";
        context.Request.Path = "/path";
        context.Request.QueryString = new QueryString("?a=1");
        context.Request.Method = "GET";
        context.Request.Protocol = "HTTP/1.1";
        var environment = new OwinEnvironment(new Environment(), new Lifetime(), NullLoggerFactory.Instance);
        return new OwinValues(environment, context, new ClassicRequest(context), new ClassicResponse(context))
        {
            Acceptance = new WebSocketAcceptance(),
        };
    }

    private sealed class NoSockets : Microsoft.AspNetCore.Http.Features.IHttpWebSocketFeature
    {
        public bool IsWebSocketRequest => false;

        public Task<System.Net.WebSockets.WebSocket> AcceptAsync(WebSocketAcceptContext context) => throw new NotSupportedException();
    }

    private sealed class Environment : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Production";

        public string ApplicationName { get; set; } = "application";

        public string ContentRootPath { get; set; } = "/";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }

    private sealed class Lifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => throw new NotSupportedException();
    }
}
