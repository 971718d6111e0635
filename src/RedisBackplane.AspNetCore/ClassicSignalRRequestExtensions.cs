using Microsoft.AspNetCore.Http;
using RedisBackplane.AspNetCore.Requests;

namespace Microsoft.AspNet.SignalR;

/// <summary>From SignalR's request to that of ASP.NET Core.</summary>
public static class ClassicSignalRRequestExtensions
{
    /// <summary>The HTTP request behind a SignalR request, for what SignalR's view of it does not show.</summary>
    /// <param name="request">The request, such as <c>Context.Request</c> in a hub.</param>
    /// <returns>
    /// The context of the request; <see langword="null"/> when the request has ended, which is the rule in
    /// <c>OnDisconnected</c>, and where another host serves it.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="request"/> is null.</exception>
    public static HttpContext? GetHttpContext(this IRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return (request as ClassicRequest)?.HttpContext;
    }
}
