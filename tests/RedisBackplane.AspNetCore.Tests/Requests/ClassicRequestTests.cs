using System.Security.Claims;
using System.Security.Principal;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using RedisBackplane.AspNetCore.Requests;

namespace RedisBackplane.AspNetCore.Tests.Requests;

public sealed class ClassicRequestTests
{
    [Fact]
    public void Request_WhoseContextIsUsedAgain_StaysWhatItWas()
    {
        var context = ContextOf("alice", "?room=attic", "first");
        var request = new ClassicRequest(context);
        var url = request.Url;

        request.End();
        context.User = PrincipalOf("bob");
        context.Request.QueryString = new QueryString("?room=cellar");
        context.Request.Path = "/other";
        context.Request.Headers["X-Test"] = "second";
        context.Request.Headers.Cookie = "session=second";

        Assert.Equal("alice", request.User.Identity!.Name);
        Assert.Equal("attic", request.QueryString["room"]);
        Assert.Equal("first", request.Headers["x-test"]);
        Assert.Equal("first", request.Cookies["session"].Value);
        Assert.Equal("/app/signalr/connect", request.LocalPath);
        Assert.Equal("http://example.org/app/signalr/connect?room=attic", url.ToString());
        Assert.Equal(url, request.Url);
        Assert.Null(request.GetHttpContext());
    }

    [Fact]
    public void GetHttpContext_WhileTheRequestLasts_IsItsContext()
    {
        var context = ContextOf("alice", "", "x");

        Assert.Same(context, new ClassicRequest(context).GetHttpContext());
    }

    /// <summary>A claims transformation usually adds an identity of its own.</summary>
    [Fact]
    public void User_OfWindowsWithAnotherIdentity_KeepsIt()
    {
        if (!OperatingSystem.IsWindows())
        {
            // Only there exists such a user.
            return;
        }

        using var identity = WindowsIdentity.GetCurrent();
        var user = new WindowsPrincipal(identity);
        user.AddIdentity(new ClaimsIdentity([new Claim(ClaimTypes.Role, "added")], "Test"));

        var request = new ClassicRequest(new DefaultHttpContext { User = user });

        Assert.True(request.User.IsInRole("added"));
        Assert.NotSame(identity, request.User.Identity);
    }

    [Fact]
    public void Values_GivenTwice_AreJoinedAsWithOwin()
    {
        var request = new ClassicRequest(ContextOf("alice", "?a=1&a=2&b=", "x"));

        Assert.Equal("1,2", request.QueryString["a"]);
        Assert.Equal(["1", "2"], request.QueryString.GetValues("a"));
        Assert.Equal(string.Empty, request.QueryString.Get("b"));
        Assert.Null(request.QueryString["c"]);
        Assert.Null(request.QueryString.GetValues("c"));
        Assert.Equal(["a", "b"], request.QueryString.Select(pair => pair.Key));
    }

    [Fact]
    public void ReleaseQuery_OfAnIdleConnection_LosesNoValue()
    {
        var context = ContextOf("alice", "?a=1&a=2&b=%C3%A4+", "x");
        var request = new ClassicRequest(context);
        var parsed = ParsedIn(context);

        request.ReleaseQuery();

        Assert.Null(context.Features.Get<IQueryFeature>());
        Assert.Equal("1,2", request.QueryString["A"]);
        Assert.Equal("ä ", request.QueryString["b"]);
        Assert.Equal("1,2", context.Request.Query["a"]);
        GC.Collect();
        Assert.False(parsed.IsAlive);
        request.End();
        context.Request.QueryString = new QueryString("?a=3");
        Assert.Equal(["a", "b"], request.QueryString.Select(pair => pair.Key));

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference ParsedIn(HttpContext context) => new(context.Request.Query);
    }

    [Fact]
    public void ReleaseQuery_OfAnApplicationThatSetItsOwn_KeepsThat()
    {
        var context = ContextOf("alice", "?a=1", "x");
        context.Features.Set<IQueryFeature>(new QueryFeature(new QueryCollection(new Dictionary<string, StringValues> { ["own"] = "2" })));
        var request = new ClassicRequest(context);

        request.ReleaseQuery();

        Assert.Equal("2", request.QueryString["own"]);
        Assert.Equal("2", context.Request.Query["own"]);
    }

    [Theory]
    [InlineData("?a=1&a=2&b=%C3%A4+")]
    [InlineData("?access_token=x")]
    [InlineData("")]
    public void ReleaseQuery_MiddlewareHasReadIt_LosesNoValue(string text)
    {
        var context = ContextOf("alice", text, "x");
        var before = context.Request.Query.ToDictionary();
        var request = new ClassicRequest(context);

        request.ReleaseQuery();

        Assert.Null(context.Features.Get<IQueryFeature>());
        Assert.Equal(before, context.Request.Query.ToDictionary());
        Assert.Equal(before.Keys, request.QueryString.Select(pair => pair.Key));
    }

    [Fact]
    public void ReleaseQuery_ApplicationHasSetAnotherMeanwhile_KeepsThat()
    {
        var context = ContextOf("alice", "?a=1", "x");
        var request = new ClassicRequest(context);
        context.Request.Query = new QueryCollection(new Dictionary<string, StringValues> { ["own"] = "2" });

        request.ReleaseQuery();

        Assert.Equal("2", context.Request.Query["own"]);
        Assert.Equal("1", request.QueryString["a"]);
    }

    [Fact]
    public void ReleaseQuery_ApplicationHasSetAnotherTextMeanwhile_LosesNoValue()
    {
        var context = ContextOf("alice", "?a=1", "x");
        var request = new ClassicRequest(context);
        context.Request.QueryString = new QueryString("?a=2");

        request.ReleaseQuery();

        Assert.Equal("2", context.Request.Query["a"]);
        Assert.Equal("1", request.QueryString["a"]);
    }

    [Fact]
    public void User_WithoutAnyIdentity_IsAnonymous()
    {
        var request = new ClassicRequest(new DefaultHttpContext { User = new ClaimsPrincipal() });

        Assert.False(request.User.Identity!.IsAuthenticated);
    }

    [Fact]
    public async Task ReadForm_AfterTheRequestEnded_IsEmptyOrWhatWasReadBefore()
    {
        var (read, unread) = (ContextWithBody("data=1"), ContextWithBody("data=1"));
        var (readRequest, unreadRequest) = (new ClassicRequest(read), new ClassicRequest(unread));
        await readRequest.ReadForm();

        readRequest.End();
        unreadRequest.End();

        Assert.Equal("1", (await readRequest.ReadForm())["data"]);
        Assert.Null((await unreadRequest.ReadForm())["data"]);
    }

    [Fact]
    public async Task ReadForm_OfAFormThatAMiddlewareRead_IsThatForm()
    {
        var context = ContextWithBody("data=1");
        context.Request.ContentType = "application/x-www-form-urlencoded";
        await context.Request.ReadFormAsync();

        Assert.Equal("1", (await new ClassicRequest(context).ReadForm())["data"]);
    }

    [Fact]
    public async Task ReadForm_WithoutABody_IsEmpty() =>
        Assert.Empty(await new ClassicRequest(new DefaultHttpContext()).ReadForm());

    private static DefaultHttpContext ContextWithBody(string body)
    {
        var context = new DefaultHttpContext();
        context.Request.Body = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(body));
        return context;
    }

    private static DefaultHttpContext ContextOf(string user, string query, string value)
    {
        var context = new DefaultHttpContext { User = PrincipalOf(user) };
        context.Request.Scheme = "http";
        context.Request.Host = new HostString("example.org");
        context.Request.PathBase = "/app";
        context.Request.Path = "/signalr/connect";
        context.Request.QueryString = new QueryString(query);
        context.Request.Headers["X-Test"] = value;
        context.Request.Headers.Cookie = $"session={value}";
        return context;
    }

    private static ClaimsPrincipal PrincipalOf(string name) => new(new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], "Test"));
}
