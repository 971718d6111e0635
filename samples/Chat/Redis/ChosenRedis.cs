using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace Chat.Redis;

/// <summary>The Redis of the farm, and the embedded server if it is that one.</summary>
internal sealed class ChosenRedis(RedisSource source, ConfigurationOptions configuration, EmbeddedRedis? embedded = null) : IDisposable
{
    public RedisSource Source { get; } = source;

    /// <summary>The settings of a connection. They may contain a password, so they are never shown.</summary>
    public ConfigurationOptions Configuration { get; } = configuration;

    /// <summary>Why the usual Redis was not used, if there is a reason to show.</summary>
    public string? Remark { get; init; }

    /// <summary><c>host:port</c>, for people and for <c>--redis</c>.</summary>
    public string Address => $"{Host}:{Port}";

    /// <summary>The options that <c>redis-cli</c> needs to connect; none for its own defaults.</summary>
    public string CliArguments
    {
        get
        {
            var arguments = Host == "localhost" ? string.Empty : $" -h {Host}";
            arguments += Port == RedisChooser.UsualPort ? string.Empty : $" -p {Port}";
            arguments += Configuration.Ssl ? " --tls" : string.Empty;
            arguments += string.IsNullOrEmpty(Configuration.User) ? string.Empty : " --user NAME";
            // Only the endpoint is printed. redis-cli asks for the password.
            return arguments + (string.IsNullOrEmpty(Configuration.Password) ? string.Empty : " --askpass");
        }
    }

    /// <summary>The Redis channel of a farm. Channels ignore databases, so their names contain the number.</summary>
    public string ChannelOf(string appName) =>
        Configuration.DefaultDatabase is > 0 and var database ? $"{appName}{{{database}}}" : appName;

    /// <summary>Stops the embedded server for a while. The chat does not stop any other server.</summary>
    /// <returns>Whether it is embedded.</returns>
    public bool TryStopFor(TimeSpan time)
    {
        embedded?.StopFor(time);
        return embedded is not null;
    }

    private string Host => EndPoint switch
    {
        DnsEndPoint dns => dns.Host,
        IPEndPoint ip when IPAddress.IsLoopback(ip.Address) => "localhost",
        IPEndPoint { AddressFamily: AddressFamily.InterNetworkV6 } ip => $"[{ip.Address}]",
        IPEndPoint ip => ip.Address.ToString(),
        var other => other.ToString() ?? string.Empty,
    };

    private int Port => EndPoint switch
    {
        DnsEndPoint { Port: > 0 } dns => dns.Port,
        IPEndPoint { Port: > 0 } ip => ip.Port,
        _ => RedisChooser.UsualPort,
    };

    private EndPoint EndPoint => Configuration.EndPoints[0];

    public void Dispose() => embedded?.Dispose();
}
