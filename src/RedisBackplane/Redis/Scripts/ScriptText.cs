using System.Text;

namespace RedisBackplane.Redis.Scripts;

/// <summary>
/// Loads the Lua scripts, which are embedded from the folder of their room. A line <c>--@include name.lua</c> is
/// replaced by the text of that file. Comments and indentation are removed, because StackExchange.Redis hashes the text
/// at every call. A script that runs for every batch is called by its hash (<see cref="FrequentScript"/>).
/// </summary>
internal static class ScriptText
{
    private const string Include = "--@include ";

    /// <summary>The text that is sent.</summary>
    public static string Load(string name) => string.Join("\n", Source(name).Split('\n').Select(Code).Where(line => line.Length > 0));

    /// <summary>The text as it is written, with the files that it includes.</summary>
    public static string Source(string name)
    {
        var lines = Read(name).Split('\n').Select(line => line.StartsWith(Include, StringComparison.Ordinal)
            ? Source(line.Substring(Include.Length).Trim())
            : line);
        return string.Join("\n", lines);
    }

    private static string Read(string name)
    {
        using var stream = typeof(ScriptText).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The script {name} is not in the assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    // No string in the scripts contains two hyphens.
    private static string Code(string line)
    {
        var comment = line.IndexOf("--", StringComparison.Ordinal);
        return (comment < 0 ? line : line.Substring(0, comment)).Trim();
    }
}
