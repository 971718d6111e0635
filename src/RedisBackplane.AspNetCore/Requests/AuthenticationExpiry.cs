using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// Closes the connection of a user when his authentication ends. If his client reconnects, it must be authenticated
/// again.
/// </summary>
internal static class AuthenticationExpiry
{
    // The longest period of a timer.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    /// <returns>The timer, to be disposed with the request; null if the authentication does not end.</returns>
    public static ITimer? Watch(HttpContext context, ClassicResponse response, TimeProvider time)
    {
        var expires = context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc;
        if (expires is null)
        {
            return null;
        }

        var left = expires.Value - time.GetUtcNow();
        if (left > Longest)
        {
            return null;
        }

        // The response knows when the request has ended. Then the server may use the context for another request.
        return time.CreateTimer(
            static state => ((ClassicResponse)state!).Abort(),
            response,
            left > TimeSpan.Zero ? left : TimeSpan.Zero,
            Timeout.InfiniteTimeSpan);
    }
}
