using System.CommandLine;

namespace RedisBackplane.Tool.Output;

/// <summary>The bounds of numbers on the command line.</summary>
internal static class OptionBounds
{
    /// <param name="option">Its default is within the bounds.</param>
    /// <param name="most">The highest number; null for any.</param>
    /// <param name="unit">What the numbers count, for the message.</param>
    public static Option<int> Within(this Option<int> option, int least, int? most = null, string? unit = null)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() is var value && (value < least || value > most))
            {
                result.AddError($"{option.Name} must be {least} {(most is null ? "or more" : $"to {most}")}{unit}.");
            }
        });
        return option;
    }
}
