using RedisBackplane.Publishing;
using RedisBackplane.Redis.Connection;
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
    /// <param name="slot">The stream's keys.</param>
    /// <param name="names">Their names.</param>
    /// <param name="wantsSharded">Whether this server would choose a sharded channel.</param>
    /// <param name="floor">The highest id that this server has seen.</param>
    Task<RecognizeScript.Reply> RecognizeAsync(RedisSlot slot, RedisNames names, bool wantsSharded, ulong floor);

    /// <summary>Why a farm with a sharded channel cannot be joined; <see langword="null"/> if it can.</summary>
    string? ObjectionToSharded(string appName);

    IBatchSender CreateSender(in SenderParts parts);
}

/// <summary>What a sender is made of.</summary>
internal readonly record struct SenderParts(
    RedisConnection Connection,
    RedisNames Names,
    RedisSlot Slot,
    RedisFarm Farm,
    RedisHistory History,
    TimeSpan PublisherTtl,
    int WaitForReplicas,
    TimeProvider Time);
