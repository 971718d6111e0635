using System.Text;

namespace RedisBackplane.TestInfrastructure.Containers;

/// <summary>
/// The shell script that a container runs. It writes the files of the servers, starts the servers, and ends them when
/// it is asked to. It needs only a shell and the server from the image, so the same script runs on this machine, where
/// a test checks it.
/// </summary>
public static class ServerScript
{
    // No file contains this text.
    private const string EndOfFile = "END_OF_FILE";

    /// <summary>Writes the script.</summary>
    /// <param name="executable">The server's name or path.</param>
    /// <param name="folder">
    /// An absolute path, which is created if it does not exist. The nodes of a cluster that is started again find their
    /// state there.
    /// </param>
    /// <param name="address">Where the servers listen.</param>
    public static string Write(ServerGroup group, string executable, string folder, string address)
    {
        var script = new StringBuilder();
        Line($"mkdir -p '{folder}' && cd '{folder}' || exit 1");
        foreach (var file in group.Files)
        {
            WriteFile(file.Key, file.Value);
        }

        // The first process of a container receives only signals that it handles.
        Line("servers=");
        Line("trap 'kill $servers; wait; exit 0' TERM INT");
        foreach (var server in group.Servers)
        {
            Line($"mkdir -p {server.Port}");
            WriteFile($"{server.Port}/redis.conf", string.Join("\n", ConfigurationOf(server, folder, address)));
            Line($"'{executable}' {server.Port}/redis.conf{(server.IsSentinel ? " --sentinel" : string.Empty)} &");
            Line("servers=\"$servers $!\"");
        }

        Line("wait");
        return script.ToString();

        void Line(string text) => script.Append(text).Append('\n');

        void WriteFile(string path, string content)
        {
            Line($"cat >'{path}' <<'{EndOfFile}'");
            Line(content.Replace("\r", string.Empty).TrimEnd('\n'));
            Line(EndOfFile);
        }
    }

    private static IEnumerable<string> ConfigurationOf(ScriptedServer server, string folder, string address) =>
    [
        $"bind {address}",
        "protected-mode no",
        $"port {server.Port}",
        $"dir \"{folder}/{server.Port}\"",
        .. server.IsSentinel ? (string[])[] : ["save \"\"", "appendonly no"],
        .. server.Configuration.Select(line => line.Replace(ServerGroup.Folder, folder)),
    ];
}
