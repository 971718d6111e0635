using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// ASP.NET Core's CORS, which here leaves a note of what it allowed: a policy that stands in <c>UseCors(…)</c> itself
/// is known to nobody else.
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
