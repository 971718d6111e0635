using System.Globalization;

namespace Chat.Presence;

/// <summary>The identity of this server in the farm.</summary>
public sealed class ServerIdentity(int port)
{
    public string Instance { get; } = Guid.NewGuid().ToString("N");

    public string Host { get; } = Environment.MachineName;

    public int Port { get; } = port;

    public string Name { get; } = port.ToString(CultureInfo.InvariantCulture);
}
