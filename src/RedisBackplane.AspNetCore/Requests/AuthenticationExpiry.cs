using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// Closes the connection of a user when his authentication ends. If his client reconnects, it must be authenticated
/// again.
/// </summary>
internal sealed class AuthenticationExpiry : IDisposable
{
    // A timer cannot run for longer than 49 days, and does not follow changes of the clock.
    private static readonly TimeSpan LongestStep = TimeSpan.FromDays(1);

    private readonly DateTimeOffset _end;
    private readonly ClassicResponse _response;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    private AuthenticationExpiry(DateTimeOffset end, ClassicResponse response, TimeProvider time)
    {
        (_end, _response, _time) = (end, response, time);
        _timer = time.CreateTimer(
            static state => ((AuthenticationExpiry)state!).Check(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Wait(Left);
    }

    private TimeSpan Left => _end - _time.GetUtcNow();

    /// <returns>To be disposed with the request; null if the authentication does not end.</returns>
    public static AuthenticationExpiry? Watch(HttpContext context, ClassicResponse response, TimeProvider time) =>
        context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc is { } end
            ? new AuthenticationExpiry(end, response, time)
            : null;

    public void Dispose() => _timer.Dispose();

    private void Check()
    {
        if (Left is var left && left > TimeSpan.Zero)
        {
            Wait(left);
        }
        else
        {
            // The response knows when the request has ended. Then the server may use the context for another request.
            _response.Abort();
        }
    }

    private void Wait(TimeSpan left)
    {
        var step = left > TimeSpan.Zero ? left : TimeSpan.Zero;
        _timer.Change(step < LongestStep ? step : LongestStep, Timeout.InfiniteTimeSpan);
    }
}
