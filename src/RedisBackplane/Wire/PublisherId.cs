using System.Buffers.Binary;
using System.Globalization;

namespace RedisBackplane.Wire;

/// <summary>Names one stream of one bus instance for its lifetime: a random GUID.</summary>
internal readonly record struct PublisherId(ulong High, ulong Low)
{
    public const int Size = 16;

    public static PublisherId New()
    {
        var bytes = Guid.NewGuid().ToByteArray();
        return Read(bytes);
    }

    public static PublisherId Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt64LittleEndian(source), BinaryPrimitives.ReadUInt64LittleEndian(source.Slice(8)));

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, High);
        BinaryPrimitives.WriteUInt64LittleEndian(destination.Slice(8), Low);
    }

    /// <summary>32 hexadecimal digits, as they stand in the name of the publisher's Redis key.</summary>
    public override string ToString() =>
        High.ToString("x16", CultureInfo.InvariantCulture) + Low.ToString("x16", CultureInfo.InvariantCulture);
}
