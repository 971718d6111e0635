using RedisBackplane.Publishing;
using RedisBackplane.Redis.Scripts;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// The format in which a server writes a stream, with everything that depends on it in Redis.
/// <see cref="StreamFormats"/> chooses it. Thread-safe.
/// </summary>
internal interface IStreamFormat
{
    /// <summary>Whether the history contains every message of the stream, so that a missing message is lost.</summary>
    bool HasWholeHistory { get; }

    /// <summary>The settings of a bus that this format does not support, as sentences for the user.</summary>
    IEnumerable<string> ObjectionsTo(RedisBackplaneOptions options);

    RedisNames NamesOf(string appName, int database, int stream);

    /// <summary>Ensures that new ids are above all assigned ones, even if another Redis has taken over.</summary>
    /// <param name="wantsSharded">Whether this server would choose a sharded channel.</param>
    Task<RecognizeScript.Reply> RecognizeAsync(RedisStreamContext stream, bool wantsSharded, ulong floor);

    /// <summary>Why a farm with a sharded channel cannot be joined; <see langword="null"/> if it can.</summary>
    string? ObjectionToSharded(string appName);

    /// <param name="publisherTtl">How long Redis remembers the publisher.</param>
    /// <param name="waitForReplicas">How many replicas must have a batch; 0 for none.</param>
    IBatchSender CreateSender(
        RedisStreamContext stream, RedisFarm farm, RedisHistory history, TimeSpan publisherTtl, int waitForReplicas);
}
