using System.Globalization;
using Microsoft.Extensions.Options;

namespace RedisBackplane.AspNetCore.Health;

/// <summary>Checks the bounds that <see cref="RedisBackplaneHealthOptions"/> documents.</summary>
internal sealed class RedisBackplaneHealthOptionsValidator : IValidateOptions<RedisBackplaneHealthOptions>
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    public ValidateOptionsResult Validate(string? name, RedisBackplaneHealthOptions options)
    {
        var failures = new List<string>();
        if (options.UnhealthyAfter < TimeSpan.Zero || options.UnhealthyAfter > LongestWait)
        {
            failures.Add($"{nameof(options.UnhealthyAfter)} is {options.UnhealthyAfter}; it must be from 0 to {LongestWait}.");
        }

        if (options.DegradedQueueUsage is not (> 0 and <= 1))
        {
            failures.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{nameof(options.DegradedQueueUsage)} is {options.DegradedQueueUsage}; it must be above 0 and at most 1."));
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
