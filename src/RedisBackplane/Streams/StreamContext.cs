using Microsoft.Extensions.Logging;
using RedisBackplane.Telemetry;
using RedisBackplane.Wire;

namespace RedisBackplane.Streams;

/// <summary>What all rooms of one stream share. Immutable; the objects that it refers to are thread-safe.</summary>
/// <param name="name">Names the stream in log lines and exceptions.</param>
internal sealed class StreamContext(string name, ILogger logger, TimeProvider time)
{
    public string Name { get; } = name;

    public ILogger Logger { get; } = logger;

    public TimeProvider Time { get; } = time;

    /// <summary>Which stream of the farm it is, counted from 0.</summary>
    public int Index { get; init; }

    /// <summary>The settings of the bus; nobody changes them.</summary>
    public RedisBackplaneOptions Options { get; init; } = new();

    /// <summary>Random numbers from 0 to 1.</summary>
    public Func<double> Jitter { get; init; } = Timing.Jitter.Default;

    /// <summary>Signs and checks frames, if the farm has keys.</summary>
    public FrameAuthenticator? Authenticator { get; init; }

    /// <summary>The stream's histograms, if there are any.</summary>
    public StreamMeter? Meter { get; init; }

    /// <summary>The highest id seen, sent or received.</summary>
    public HighestId Highest { get; } = new();

    /// <summary>What was received, and whether in one run.</summary>
    public ReceivedRun Received { get; } = new();

    /// <param name="index">Which stream of the farm it is.</param>
    /// <param name="meter">The stream's histograms.</param>
    public static StreamContext Of(
        RedisBackplaneOptions options, int index, int database, StreamMeter meter, ILogger logger, TimeProvider time)
    {
        // Where there is only one stream, its number says nothing.
        var name = index == 0 && options.StreamCount == 1 ? options.AppName : FormattableString.Invariant($"{options.AppName}#{index}");
        return new StreamContext(name, logger, time)
        {
            Index = index,
            Options = options,
            Jitter = Timing.Jitter.Of(time),
            Meter = meter,
            Authenticator = FrameAuthenticator.Create(
                options.AuthenticationKeys, options.AcceptUnauthenticated, options.AppName, database, index),
        };
    }
}
