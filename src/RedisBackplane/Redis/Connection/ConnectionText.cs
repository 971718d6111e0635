using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text.RegularExpressions;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// Reads connection strings. Refuses text that StackExchange.Redis would take for the name of a server although it may
/// be part of a password: it would look up that name, and log it. No message of this type shows a part of what it read.
/// </summary>
internal static class ConnectionText
{
    private const string HostPattern = @"^(?!\d+\z)[\p{L}\p{N}]([\p{L}\p{N}._-]*[\p{L}\p{N}.])?\z";

    private const string AfterOptions = "has a part behind its options that is no option. Servers come first. A password that contains "
        + "a comma cannot stand in a connection string: use Server and Password instead, or ConfigurationOptions";

    /// <param name="configuration">The configuration, with at least one server.</param>
    /// <param name="fault">What is wrong with the text, as a sentence without its subject.</param>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out ConfigurationOptions? configuration, [NotNullWhen(false)] out string? fault)
    {
        configuration = null;
        fault = FaultOf(text);
        if (fault is not null)
        {
            return false;
        }

        try
        {
            configuration = ConfigurationOptions.Parse(text);
        }
        catch (Exception exception)
            when (exception is ArgumentException or FormatException or OverflowException or InvalidOperationException)
        {
            fault = "is not one that StackExchange.Redis understands";
            return false;
        }
        catch (PlatformNotSupportedException)
        {
            fault = "names a Unix domain socket, which .NET Framework does not have";
            return false;
        }

        fault = FaultOf(configuration.EndPoints);
        if (fault is null)
        {
            return true;
        }

        configuration = null;
        return false;
    }

    /// <summary>
    /// What is wrong with a list of servers, as a sentence without its subject; null if nothing is wrong.
    /// </summary>
    public static string? FaultOf(EndPointCollection servers)
    {
        if (servers.Count == 0)
        {
            return "names no server";
        }

        return servers.All(static server => server is not DnsEndPoint dns || IsHost(dns.Host))
            ? null
            : "names a server that is neither a host name nor an address";
    }

    /// <summary>Whether a text is a host name or an address, without a port.</summary>
    public static bool IsHost(string text) =>
        text.Any(static c => c == ':')
            ? IPAddress.TryParse(text, out _) && !text.Contains("]:") // It would ignore the port behind the brackets.
            : text.Length <= 255 && Regex.IsMatch(text, HostPattern, RegexOptions.CultureInvariant);

    private static string? FaultOf(string text)
    {
        if (text.Contains("://"))
        {
            return "is a URL. Write HOST:PORT,user=NAME,password=PASSWORD, with ssl=true in place of rediss, and "
                + "defaultDatabase=N in place of a path";
        }

        if (string.IsNullOrWhiteSpace(text))
        {
            return "names no server";
        }

        var hasOption = false;
        foreach (var part in text.Split(',').Select(static part => part.Trim()).Where(static part => part.Length > 0))
        {
            // The name of a server cannot contain an equals sign, and an option must contain one.
            if (part.IndexOf('=') > 0)
            {
                hasOption = true;
            }
            else if ((hasOption ? AfterOptions : FaultOfServer(part)) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private static string? FaultOfServer(string server)
    {
        if (server[0] == '!')
        {
            // It is the path of a Unix domain socket.
            return null;
        }

        if (server.Any(static c => c == '@'))
        {
            return "contains an @. Write HOST:PORT,user=NAME,password=PASSWORD";
        }

        if (server.IndexOfAny(['/', '\\']) >= 0)
        {
            return "contains a path. Write !PATH for a Unix domain socket";
        }

        if (server.All(char.IsDigit))
        {
            return "contains a number that stands alone. Write HOST:PORT, with a colon before the port";
        }

        if (server[0] != '[' && server.Count(static c => c == ':') > 1)
        {
            return "contains an IPv6 address without brackets, or more than one colon. Write [ADDRESS]:PORT";
        }

        return IsServer(server) ? null : "contains a part that is neither a server (HOST:PORT) nor an option (NAME=VALUE)";
    }

    private static bool IsServer(string server)
    {
        var colon = server.LastIndexOf(':');
        if (server[0] == '[')
        {
            var end = server.IndexOf(']');
            var address = server.Substring(1, Math.Max(0, end - 1));
            return end > 1
                && IPAddress.TryParse(address, out _)
                && (end == server.Length - 1 || (colon == end + 1 && IsPort(colon)));
        }

        return colon < 0 ? IsHost(server) : IsHost(server.Substring(0, colon)) && IsPort(colon);

        bool IsPort(int before) =>
            server.Length - before is >= 2 and <= 6 && server.Skip(before + 1).All(static c => c is >= '0' and <= '9');
    }
}
