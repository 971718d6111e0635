using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// ASP.NET Core's CORS service, which also records what it allowed. No other service knows a policy that is passed to
/// <c>UseCors(…)</c> itself.
/// </summary>
internal sealed class ObservedCors(IOptions<CorsOptions> options, ILoggerFactory loggers) : CorsService(options, loggers), ICorsService
{
    private static readonly object Note = new();

    /// <summary>Whether a policy has allowed the origin of this request.</summary>
    public static bool Allows(HttpContext context) => context.Items.ContainsKey(Note);

    CorsResult ICorsService.EvaluatePolicy(HttpContext context, CorsPolicy policy)
    {
        var result = EvaluatePolicy(context, policy);
        if (result.IsOriginAllowed)
        {
            context.Items[Note] = true;
        }

        return result;
    }
}
