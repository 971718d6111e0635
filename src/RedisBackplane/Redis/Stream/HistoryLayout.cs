using System.Buffers.Binary;
using RedisBackplane.Wire;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// Where things are in the log of the history, as <c>append_history.lua</c> writes it (the prose is in
/// docs/wire-format.md). A position is <c>segment number × 2^20 + offset in the segment</c>. A record begins with 32
/// bytes: letters, version, previous id, first id, its own position, its size; they are the first of a frame, or stand
/// before a payload of the older package.
/// </summary>
internal static class HistoryLayout
{
    /// <summary>How far apart the positions of two segments begin; at least as many as a segment has bytes.</summary>
    public const ulong PositionsPerSegment = 1 << 20;

    public const int HeaderSize = FrameLayout.Body;

    /// <summary>No position is higher: above 2^53, Lua's numbers have holes.</summary>
    private const ulong HighestPosition = 1UL << 53;

    /// <summary>
    /// The first bytes of a record whose payload stands behind its header, whole: one of the older package.
    /// </summary>
    public static ReadOnlySpan<byte> WrappedMagic => [(byte)'R', (byte)'B', (byte)'L', FrameLayout.Version];

    public static ulong SegmentOf(ulong position) => position / PositionsPerSegment;

    public static ulong StartOf(ulong segment) => segment * PositionsPerSegment;

    /// <returns>
    /// The last id in it and the position of its end; <see langword="null"/> when there is none, or it is damaged.
    /// </returns>
    public static (ulong LastId, ulong End)? ReadState(byte[]? bytes)
    {
        if (bytes is not { Length: 16 })
        {
            return null;
        }

        var lastId = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        var end = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(8));
        return lastId <= RedisHistory.HighestId && end >= PositionsPerSegment && end < HighestPosition ? (lastId, end) : null;
    }

    /// <param name="bytes">What stands at the position.</param>
    /// <param name="position">The position: bytes of an earlier turn of the segment tell another one.</param>
    /// <param name="header">What the header says.</param>
    public static bool TryReadHeader(ReadOnlySpan<byte> bytes, ulong position, out RecordHeader header)
    {
        header = default;
        if (bytes.Length < HeaderSize || BinaryPrimitives.ReadUInt64LittleEndian(bytes.Slice(FrameLayout.Position)) != position)
        {
            return false;
        }

        var isWrapped = bytes.StartsWith(WrappedMagic);
        header = new RecordHeader(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes.Slice(FrameLayout.PreviousId)),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(FrameLayout.Size)),
            isWrapped);
        return (isWrapped || bytes.StartsWith(FrameLayout.Magic)) && header.Size is > HeaderSize and <= int.MaxValue;
    }

    /// <summary>The position that a payload of the channel says it has in the history; 0 when it says none.</summary>
    public static ulong PositionIn(byte[] payload) =>
        payload.Length >= HeaderSize
        && payload.AsSpan().StartsWith(FrameLayout.Magic)
        && BinaryPrimitives.ReadUInt64LittleEndian(payload.AsSpan(FrameLayout.Position)) is var position and < HighestPosition
            ? position
            : 0;
}

/// <summary>What a record says of itself.</summary>
/// <param name="PreviousId">The highest id that the stream may have held before it.</param>
/// <param name="Size">Bytes of the record.</param>
/// <param name="IsWrapped">Its payload stands behind the header, instead of beginning with it.</param>
internal readonly record struct RecordHeader(ulong PreviousId, uint Size, bool IsWrapped);
