using System.Globalization;

namespace RedisBackplane.Scaling;

/// <summary>
/// Straight lines through the results: the cost of a message once, and for each server that receives it.
/// </summary>
internal static class CostModel
{
    public static IEnumerable<string> Describe(IReadOnlyList<ScalingResult> results)
    {
        foreach (var group in results.GroupBy(result => (result.Masters, result.Streams)).Where(group => group.Count() > 1))
        {
            var (servers, perServer) = Line([.. group], result => result.ServersCpu);
            var (redis, redisPerServer) = Line([.. group], result => result.RedisCpu);
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{group.Key.Streams} streams, masters {group.Key.Masters}: servers {servers:0.00} + {perServer:0.00} n µs of CPU "
                + $"for each message, Redis {redis:0.00} + {redisPerServer:0.000} n, n servers.");
        }
    }

    /// <summary>Least squares.</summary>
    private static (double Once, double PerServer) Line(ScalingResult[] results, Func<ScalingResult, double> value)
    {
        var x = results.Average(result => result.Servers);
        var y = results.Average(value);
        var slope = results.Sum(result => (result.Servers - x) * (value(result) - y))
            / results.Sum(result => (result.Servers - x) * (result.Servers - x));
        return (y - (slope * x), slope);
    }
}
