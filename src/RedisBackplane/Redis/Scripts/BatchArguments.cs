using StackExchange.Redis;

namespace RedisBackplane.Redis.Scripts;

/// <summary>
/// The first arguments of a script that stores a batch. <c>batch_inputs.lua</c> explains them, with the same names in
/// the same order.
/// </summary>
internal readonly struct BatchArguments
{
    /// <summary>Set by the slot for each call.</summary>
    public RedisValue IsUnproven { get; init; }
    public required RedisValue Epoch { get; init; }
    public required RedisValue Channel { get; init; }
    public required RedisValue Floor { get; init; }
    public required RedisValue Number { get; init; }
    public required RedisValue Oldest { get; init; }
    public required RedisValue Claim { get; init; }
    public required RedisValue PublisherTtl { get; init; }
    public required RedisValue SegmentBytes { get; init; }
    public required RedisValue Segments { get; init; }
    public required RedisValue HistoryTtl { get; init; }
    public required RedisValue HighestSegment { get; init; }

    /// <summary>All arguments of a script: these, and then its own.</summary>
    public RedisValue[] Then(params ReadOnlySpan<RedisValue> own)
    {
        // Not in one collection expression: it would build a list first, and copy it, for each batch.
        ReadOnlySpan<RedisValue> first =
        [
            IsUnproven, Epoch, Channel, Floor, Number, Oldest, Claim, PublisherTtl, SegmentBytes, Segments, HistoryTtl, HighestSegment,
        ];
        var all = new RedisValue[first.Length + own.Length];
        first.CopyTo(all);
        own.CopyTo(all.AsSpan(first.Length));
        return all;
    }
}
