using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// Closes the connection of a user when his authentication ends; his client may come back and is looked at again.
/// </summary>
internal static class AuthenticationExpiry
{
    // What a timer takes.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    /// <returns>The watch over the request, to be disposed with it; null where the authentication has no end.</returns>
    public static ITimer? Watch(HttpContext context, TimeProvider time)
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

        return time.CreateTimer(
            static state => ((HttpContext)state!).Abort(), context, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
