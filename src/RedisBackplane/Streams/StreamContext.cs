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

    /// <summary>The index of the stream in the farm, counted from 0.</summary>
    public int Index { get; init; }

    /// <summary>The settings of the bus. They do not change.</summary>
    public RedisBackplaneOptions Options { get; init; } = new();

    /// <summary>Random numbers from 0 to 1.</summary>
    public Func<double> Jitter { get; init; } = Timing.Jitter.Default;

    /// <summary>Signs and verifies frames, if the farm has keys.</summary>
    public FrameAuthenticator? Authenticator { get; init; }

    /// <summary>The stream's histograms, if there are any.</summary>
    public StreamMeter? Meter { get; init; }

    /// <summary>The highest id seen, sent or received.</summary>
    public HighestId Highest { get; } = new();

    /// <summary>What was received, and whether the ids restarted.</summary>
    public ReceivedRun Received { get; } = new();

    public static StreamContext Of(
        RedisBackplaneOptions options, int index, int database, StreamMeter meter, ILogger logger, TimeProvider time)
    {
        // If there is only one stream, its number is not informative.
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
