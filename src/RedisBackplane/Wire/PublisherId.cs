using System.Buffers.Binary;
using System.Globalization;

namespace RedisBackplane.Wire;

/// <summary>Identifies one stream of one bus instance for its lifetime.</summary>
/// <param name="High">The number of the bus instance, a <see cref="ServerIdentity"/>.</param>
/// <param name="Low">A random number for the stream.</param>
internal readonly record struct PublisherId(ulong High, ulong Low)
{
    public const int Size = 16;

    /// <summary>Creates the id of one stream of a server.</summary>
    public static PublisherId Of(ServerIdentity server) => new(server.Number, Random());

    /// <summary>Creates an id that belongs to no publisher.</summary>
    public static PublisherId New() => new(Random(), Random());

    /// <summary>64 random bits.</summary>
    public static ulong Random()
    {
        // A few bits of a GUID are constant. Folding the halves hides them.
        var id = Read(Guid.NewGuid().ToByteArray());
        return id.High ^ id.Low;
    }

    public static PublisherId Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt64LittleEndian(source), BinaryPrimitives.ReadUInt64LittleEndian(source.Slice(8)));

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, High);
        BinaryPrimitives.WriteUInt64LittleEndian(destination.Slice(8), Low);
    }

    /// <summary>32 hexadecimal digits, as in the name of the publisher's Redis key.</summary>
    public override string ToString() =>
        High.ToString("x16", CultureInfo.InvariantCulture) + Low.ToString("x16", CultureInfo.InvariantCulture);
}
