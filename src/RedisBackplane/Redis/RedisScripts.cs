using System.Text;

namespace RedisBackplane.Redis;

/// <summary>The text of the Lua scripts, which lie beside this file. StackExchange.Redis sends their hashes and loads them where a server lacks them.</summary>
internal static class RedisScripts
{
    public static readonly string Publish = Read("publish.lua");
    public static readonly string ReadHistory = Read("read_history.lua");
    public static readonly string Recognize = Read("recognize.lua");

    private static string Read(string name)
    {
        using var stream = typeof(RedisScripts).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The script {name} is not in the assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
