using System.Buffers;
using System.Globalization;
using System.Text;
using Newtonsoft.Json;
using RedisBackplane.AspNetCore.Hubs.Dispatch;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>
/// Collects one message to a client as UTF-8 in a buffer of the pool, from UTF-8 bytes and from the text that SignalR
/// and serializers write. Each thread keeps one. Not thread-safe.
/// </summary>
internal sealed class Utf8Writer : TextWriter
{
    private const int FirstSize = 1024;

    // The largest buffer that a thread keeps between two messages.
    private const int LargestKept = 32 * 1024;

    [ThreadStatic]
    private static Utf8Writer? s_kept;

    private byte[] _buffer = [];
    private int _count;

    // The first half of a surrogate pair, whose other half comes with the next write.
    private char _half;
    private JsonTextWriter? _json;

    private Utf8Writer()
        : base(CultureInfo.InvariantCulture)
    {
    }

    public override Encoding Encoding => Encoding.UTF8;

    public int Count => _count;

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlyMemory<byte> Written
    {
        get
        {
            EndText();
            return _buffer.AsMemory(0, _count);
        }
    }

    /// <summary>Takes a writer. <see cref="Return"/> gives it back, on any thread.</summary>
    public static Utf8Writer Take()
    {
        var writer = s_kept ?? new Utf8Writer();
        s_kept = null;
        return writer;
    }

    public void Return()
    {
        _count = 0;
        _half = '\0';
        if (_buffer.Length > LargestKept)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
            _json = null;
        }

        if (s_kept is null)
        {
            s_kept = this;
        }
        else if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    public void WriteUtf8(ReadOnlySpan<byte> bytes)
    {
        EndText();
        bytes.CopyTo(Room(bytes.Length));
        _count += bytes.Length;
    }

    /// <summary>Writes JSON with a writer that is kept for the next message, with its buffers.</summary>
    /// <param name="write">Writes one whole value.</param>
    public void WriteJson<T>(Action<JsonTextWriter, T> write, T state)
    {
        var json = _json ?? new JsonTextWriter(this) { ArrayPool = JsonCharacters.Pool };

        // A writer whose value failed has unknown settings and an open value. It is not used again.
        _json = null;
        write(json, state);
        _json = json;
    }

    public override void Write(char value)
    {
        if (value < 0x80 && _half == '\0')
        {
            Room(1)[0] = (byte)value;
            _count++;
        }
        else
        {
            Write([value]);
        }
    }

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(ReadOnlySpan<char> buffer)
    {
        if (buffer.IsEmpty)
        {
            return;
        }

        if (_half != '\0')
        {
            Span<char> pair = [_half, buffer[0]];
            _half = '\0';
            if (char.IsLowSurrogate(buffer[0]))
            {
                Encode(pair);
                buffer = buffer[1..];
            }
            else
            {
                Encode(pair[..1]);
            }
        }

        if (!buffer.IsEmpty && char.IsHighSurrogate(buffer[^1]))
        {
            _half = buffer[^1];
            buffer = buffer[..^1];
        }

        Encode(buffer);
    }

    private void EndText()
    {
        if (_half != '\0')
        {
            Span<char> half = [_half];
            _half = '\0';
            Encode(half);
        }
    }

    private void Encode(ReadOnlySpan<char> text) =>
        _count += Encoding.UTF8.GetBytes(text, Room(Encoding.UTF8.GetMaxByteCount(text.Length)));

    private Span<byte> Room(int size)
    {
        if (_buffer.Length - _count < size)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstSize, Math.Max(_count + size, _buffer.Length * 2)));
            _buffer.AsSpan(0, _count).CopyTo(larger);
            if (_buffer.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
            }

            _buffer = larger;
        }

        return _buffer.AsSpan(_count);
    }
}
