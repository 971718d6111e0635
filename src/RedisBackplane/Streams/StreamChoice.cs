namespace RedisBackplane.Streams;

/// <summary>
/// Chooses the stream of a message: always the same one for a source, so that the messages of one sender keep their
/// order. Every server of a farm, on either framework, chooses the same one. A sender that moves to another server
/// keeps its stream.
/// </summary>
internal static class StreamChoice
{
    /// <param name="source">
    /// The sender: for hubs the id of the caller's connection, outside hubs the identity of the context.
    /// </param>
    /// <param name="streams">The number of streams to choose from; 1 or more.</param>
    public static int Of(string? source, int streams)
    {
        if (streams == 1 || source is null)
        {
            return 0;
        }

        // FNV-1a over UTF-16. string.GetHashCode differs from process to process.
        var hash = 2166136261u;
        foreach (var c in source)
        {
            hash = (hash ^ c) * 16777619u;
        }

        // Sources that differ only in their last characters must not get neighbouring results (the finalizer of
        // MurmurHash3).
        hash = (hash ^ (hash >> 16)) * 0x85EBCA6Bu;
        hash = (hash ^ (hash >> 13)) * 0xC2B2AE35u;
        hash ^= hash >> 16;
        return (int)(((ulong)hash * (uint)streams) >> 32);
    }
}
