using System.Text;

namespace RedisBackplane.Redis.Scripts;

/// <summary>
/// The Lua scripts, which lie beside this file. StackExchange.Redis sends their hashes and loads them where a server lacks them.
/// It finds a script's hash by its text, at every call: that is why comments and indentation are left out, and why what runs for every
/// batch is called by its hash (<see cref="FrequentScript"/>).
/// </summary>
internal static class RedisScripts
{
    public static readonly string JoinFarm = Compact(Source("join_farm.lua"));
    public static readonly string Publish = Compact(Source("publish.lua"));
    public static readonly string PublishLegacy = Compact(Source("publish_legacy.lua"));
    public static readonly string ReadHistory = Compact(Source("read_history.lua"));
    public static readonly string Recognize = Compact(Source("recognize.lua"));
    public static readonly string RecognizeLegacy = Compact(Source("recognize_legacy.lua"));
    public static readonly string SelectDatabase = Compact(Source("select_database.lua"));

    /// <summary>A script as it lies beside this file.</summary>
    public static string Source(string name)
    {
        using var stream = typeof(RedisScripts).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The script {name} is not in the assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static string Compact(string script)
    {
        var lines = script.Split('\n').Select(line => line.Trim());
        return string.Join("\n", lines.Where(line => line.Length > 0 && !line.StartsWith("--", StringComparison.Ordinal)));
    }
}
