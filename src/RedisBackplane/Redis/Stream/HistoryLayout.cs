using System.Buffers.Binary;
using RedisBackplane.Wire;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// The layout of the history's log, as <c>append_history.lua</c> writes it (docs/wire-format.md explains it). A
/// position is <c>segment number × 2^20 + offset in the segment</c>. A record begins with 32 bytes: letters, version,
/// previous id, first id, its own position, its size. These are the first bytes of a frame, or precede a payload of the
/// older package.
/// </summary>
internal static class HistoryLayout
{
    /// <summary>
    /// The distance between the positions at which two segments begin. A segment has at most as many bytes.
    /// </summary>
    public const ulong PositionsPerSegment = 1 << 20;

    public const int HeaderSize = FrameLayout.Body;

    /// <summary>No position is higher: above 2^53, Lua's numbers are not exact.</summary>
    private const ulong HighestPosition = 1UL << 53;

    /// <summary>The first bytes of a record in which a whole payload of the older package follows the header.</summary>
    public static ReadOnlySpan<byte> WrappedMagic => [(byte)'R', (byte)'B', (byte)'L', FrameLayout.Version];

    public static ulong SegmentOf(ulong position) => position / PositionsPerSegment;

    public static ulong StartOf(ulong segment) => segment * PositionsPerSegment;

    /// <returns>
    /// The last id in the log and the position of its end; <see langword="null"/> if the state is missing or damaged.
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

    /// <param name="position">The position. Bytes of an earlier use of the segment contain another one.</param>
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

    /// <summary>The position in the history that a payload of the channel contains; 0 if it contains none.</summary>
    public static ulong PositionIn(byte[] payload) =>
        payload.Length >= HeaderSize
        && payload.AsSpan().StartsWith(FrameLayout.Magic)
        && BinaryPrimitives.ReadUInt64LittleEndian(payload.AsSpan(FrameLayout.Position)) is var position and < HighestPosition
            ? position
            : 0;
}

/// <summary>The header of a record.</summary>
/// <param name="PreviousId">The highest id that the stream may have held before it.</param>
/// <param name="IsWrapped">Whether the payload follows the header, instead of beginning with it.</param>
internal readonly record struct RecordHeader(ulong PreviousId, uint Size, bool IsWrapped);
