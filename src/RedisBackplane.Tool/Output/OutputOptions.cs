using System.CommandLine;

namespace RedisBackplane.Tool.Output;

/// <summary>The option that every command has for its output.</summary>
internal static class OutputOptions
{
    /// <param name="description">What the JSON is.</param>
    public static Option<bool> Json(string description) => new("--json", "-j") { Description = description };
}
