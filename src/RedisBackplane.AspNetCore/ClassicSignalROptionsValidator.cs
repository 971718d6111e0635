using Microsoft.Extensions.Options;
using RedisBackplane.AspNetCore.Requests;

namespace RedisBackplane.AspNetCore;

/// <summary>Refuses settings that SignalR would refuse, or that would make it fail at the first connection.</summary>
internal sealed class ClassicSignalROptionsValidator : IValidateOptions<ClassicSignalROptions>
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // SignalR's own lower limit: it checks its connections in steps of half a keep-alive.
    private static readonly TimeSpan MinDisconnectTimeout = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan MinKeepAlive = TimeSpan.FromSeconds(2);

    public ValidateOptionsResult Validate(string? name, ClassicSignalROptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var failures = new List<string>();

        Require(
            options.TransportConnectTimeout > TimeSpan.Zero && options.TransportConnectTimeout <= Day,
            nameof(options.TransportConnectTimeout), options.TransportConnectTimeout, "more than 0 and at most 1 day");
        Require(
            options.ConnectionTimeout > TimeSpan.Zero && options.ConnectionTimeout <= Day,
            nameof(options.ConnectionTimeout), options.ConnectionTimeout, "more than 0 and at most 1 day");
        Require(
            options.DisconnectTimeout >= MinDisconnectTimeout && options.DisconnectTimeout <= Day,
            nameof(options.DisconnectTimeout), options.DisconnectTimeout, "from 6 s to 1 day");

        // A resolver of the application may have another disconnect timeout. HostResolver then compares the two.
        var longest = options.SetDisconnectTimeout is null && (options.UseGlobalHost == true || options.Resolver is not null)
            ? Day
            : options.DisconnectTimeout / 3;
        Require(
            options.KeepAlive is not { } keepAlive || (keepAlive >= MinKeepAlive && keepAlive <= longest),
            nameof(options.KeepAlive), options.KeepAlive,
            $"from 2 s to a third of DisconnectTimeout ({options.DisconnectTimeout}), or null");
        Require(
            options.DefaultMessageBufferSize >= 1,
            nameof(options.DefaultMessageBufferSize), options.DefaultMessageBufferSize, "1 or more");
        Require(
            options.MaxIncomingWebSocketMessageSize is null or >= 1,
            nameof(options.MaxIncomingWebSocketMessageSize), options.MaxIncomingWebSocketMessageSize, "1 or more, or null");
        Require(
            options.MaxIncomingFormSize >= 1,
            nameof(options.MaxIncomingFormSize), options.MaxIncomingFormSize, "1 or more");
        Require(
            options.LongPollDelay >= TimeSpan.Zero && options.LongPollDelay <= Day,
            nameof(options.LongPollDelay), options.LongPollDelay, "from 0 to 1 day");
        Require(
            !options.HubAssemblies.Contains(null!),
            nameof(options.HubAssemblies), "a list with a null", "a list of assemblies");
        foreach (var origin in options.AllowedOrigins.Where(origin => !OriginCheck.CanMatch(origin)))
        {
            Require(
                false, nameof(options.AllowedOrigins), $"a list with '{origin}'",
                "a list of origins as browsers send them, such as https://shop.example.org (scheme, host, and the port if it is not the "
                + "scheme's default), or *");
        }

        Require(
            !options.AdditionalHubAssemblies.Contains(null!),
            nameof(options.AdditionalHubAssemblies), "a list with a null", "a list of assemblies");

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Require<T>(bool holds, string setting, T value, string bounds)
        {
            if (!holds)
            {
                failures.Add(FormattableString.Invariant($"{setting} is {value}; it must be {bounds}."));
            }
        }
    }
}
