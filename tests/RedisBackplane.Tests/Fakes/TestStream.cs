namespace RedisBackplane.Tests.Fakes;

/// <summary>Creates the context of a single stream for a test.</summary>
internal static class TestStream
{
    /// <summary>Random numbers are always the mean.</summary>
    public static StreamContext Context(
        RecordedLogger? logger = null, TimeProvider? time = null, FrameAuthenticator? authenticator = null, StreamMeter? meter = null) =>
        new("Chat", logger ?? new RecordedLogger(), time ?? TimeProvider.System)
        {
            Authenticator = authenticator,
            Meter = meter,
            Jitter = () => 0.5,
        };
}
