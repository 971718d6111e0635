using System.Buffers.Binary;

namespace RedisBackplane.Load;

/// <summary>
/// The content of a message: i32 lane, i64 number in its lane, i64 timestamp at which it should have been sent; the
/// rest is padding. <see cref="System.Diagnostics.Stopwatch"/> has one clock for all processes of a machine.
/// </summary>
internal readonly record struct Payload(int Lane, long Sequence, long DueAt)
{
    public const int MinSize = 20;

    public byte[] ToBytes(byte[] template)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(template.Length);
        template.CopyTo(bytes, 0);
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Lane);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(4), Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(12), DueAt);
        return bytes;
    }

    public static byte[] Template(int size)
    {
        var template = new byte[Math.Max(size, MinSize)];
        template.AsSpan().Fill((byte)'x');
        return template;
    }

    public static Payload Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt32LittleEndian(bytes),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[4..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[12..]));
}
