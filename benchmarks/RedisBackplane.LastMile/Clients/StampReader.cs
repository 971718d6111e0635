using System.Globalization;
using System.Text;

namespace RedisBackplane.LastMile.Clients;

/// <summary>
/// Looks in the bytes of one connection for stamps, which say when a message was sent, and adds each to the log. A
/// stamp may be split. Not thread-safe.
/// </summary>
internal sealed class StampReader(DeliveryLog log)
{
    /// <summary>Begins a stamp; no protocol uses it.</summary>
    public const char Mark = '@';
    private const int Digits = 16;

    private readonly byte[] _buffer = new byte[8 * 1024];
    private int _kept;

    /// <summary>Where the next bytes go.</summary>
    public Memory<byte> Free => _buffer.AsMemory(_kept);

    /// <summary>Bytes have been written to <see cref="Free"/>.</summary>
    public void Took(int count)
    {
        var rest = _buffer.AsSpan(0, _kept + count);
        for (var at = rest.IndexOf((byte)Mark); at >= 0; at = rest.IndexOf((byte)Mark))
        {
            rest = rest[at..];
            if (rest.Length <= Digits)
            {
                // It may be the beginning of a stamp.
                rest.CopyTo(_buffer);
                _kept = rest.Length;
                return;
            }

            log.Add(long.Parse(Encoding.ASCII.GetString(rest.Slice(1, Digits)), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            rest = rest[Digits..];
        }

        _kept = 0;
    }

    public void Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var part = bytes[..Math.Min(bytes.Length, Free.Length)];
            part.CopyTo(Free.Span);
            Took(part.Length);
            bytes = bytes[part.Length..];
        }
    }

    public async Task ReadAsync(Stream stream, CancellationToken cancellation)
    {
        for (var count = -1; count != 0; Took(count))
        {
            count = await stream.ReadAsync(Free, cancellation);
        }
    }
}
