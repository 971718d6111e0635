using System.CommandLine;

namespace RedisBackplane.Tool.Output;

/// <summary>The output option of every command.</summary>
internal static class OutputOptions
{
    /// <param name="description">What the JSON contains.</param>
    public static Option<bool> Json(string description) => new("--json", "-j") { Description = description };
}
