using Microsoft.AspNetCore.Http;
using RedisBackplane.AspNetCore.Requests;

namespace Microsoft.AspNet.SignalR;

/// <summary>Finds ASP.NET Core's request for a request of SignalR.</summary>
public static class ClassicSignalRRequestExtensions
{
    /// <summary>
    /// The HTTP request behind a SignalR request, for everything that SignalR's view of it does not contain.
    /// </summary>
    /// <param name="request">The request, such as <c>Context.Request</c> in a hub.</param>
    /// <returns>
    /// The context of the request; <see langword="null"/> if the request has ended, as it usually has in
    /// <c>OnDisconnected</c>, or if another host serves it.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="request"/> is null.</exception>
    public static HttpContext? GetHttpContext(this IRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return (request as ClassicRequest)?.HttpContext;
    }
}
