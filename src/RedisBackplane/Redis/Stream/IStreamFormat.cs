using RedisBackplane.Publishing;
using RedisBackplane.Redis.Scripts;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// The format in which a server writes a stream, and all that goes with it in Redis. <see cref="StreamFormats"/>
/// chooses. Thread-safe.
/// </summary>
internal interface IStreamFormat
{
    /// <summary>The history holds every message of the stream, so that what it lacks is lost.</summary>
    bool HasWholeHistory { get; }

    /// <summary>What in the settings of a bus does not go with this format, in words for the user.</summary>
    IEnumerable<string> ObjectionsTo(RedisBackplaneOptions options);

    RedisNames NamesOf(string appName, int database, int stream);

    /// <summary>Sees that ids go on above all that were given, also on another Redis than before.</summary>
    /// <param name="wantsSharded">Whether this server would choose a sharded channel.</param>
    /// <param name="floor">The highest id that this server has seen.</param>
    Task<RecognizeScript.Reply> RecognizeAsync(RedisStreamContext stream, bool wantsSharded, ulong floor);

    /// <summary>Why a farm with a sharded channel cannot be joined; <see langword="null"/> if it can.</summary>
    string? ObjectionToSharded(string appName);

    /// <param name="stream">Where the batches go.</param>
    /// <param name="farm">What the farm has agreed on.</param>
    /// <param name="history">What a batch may leave in Redis.</param>
    /// <param name="publisherTtl">How long Redis remembers the publisher.</param>
    /// <param name="waitForReplicas">How many replicas must have a batch; 0 waits for none.</param>
    IBatchSender CreateSender(
        RedisStreamContext stream, RedisFarm farm, RedisHistory history, TimeSpan publisherTtl, int waitForReplicas);
}
