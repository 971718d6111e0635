using global::Chat;
using Microsoft.AspNetCore.Http;

namespace RedisBackplane.BrowserTests.Chat;

public sealed class SecurityHeadersTests
{
    [Theory]
    [InlineData("http", "localhost:5001", "'self' ws://localhost:5001 http://localhost:5001 ws://localhost:5001 "
        + "http://localhost:5002 ws://localhost:5002")]
    [InlineData("https", "chat.example", "'self' wss://chat.example https://chat.example:5001 wss://chat.example:5001 "
        + "https://chat.example:5002 wss://chat.example:5002")]
    public void Policy_OfAPage_LetsItConnectToTheServersOfTheFarmAndNobodyElse(string scheme, string host, string sources)
    {
        var request = new DefaultHttpContext().Request;
        (request.Scheme, request.Host) = (scheme, new HostString(host));

        var policy = SecurityHeaders.PolicyFor(request, [5001, 5002]);

        Assert.Contains($"; connect-src {sources}; ", policy, StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none'; ", policy, StringComparison.Ordinal);
    }
}
