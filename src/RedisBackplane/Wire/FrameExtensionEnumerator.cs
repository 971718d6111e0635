namespace RedisBackplane.Wire;

/// <summary>
/// Enumerates the extensions after the messages of a frame; the layout is in <see cref="FrameLayout"/>. It stops at
/// bytes that are not an extension: other data after the messages is ignored.
/// </summary>
internal struct FrameExtensionEnumerator(byte[] buffer, int start)
{
    private int _next = start;
    private int _content;

    /// <summary>The kind. It may be a number without a name.</summary>
    public FrameExtension Kind { get; private set; }

    /// <summary>Where the extension begins in the frame's bytes.</summary>
    public int Start { get; private set; }

    /// <summary>Whether nothing follows the extension.</summary>
    public readonly bool IsLast => _next == buffer.Length;

    public readonly ReadOnlySpan<byte> Content => buffer.AsSpan(_content, _next - _content);

    public bool MoveNext()
    {
        var position = _next;
        if (position >= buffer.Length)
        {
            return false;
        }

        var kind = buffer[position++];
        if (!Varint.TryRead(buffer, ref position, buffer.Length, out var length) || length > buffer.Length - position)
        {
            _next = buffer.Length;
            return false;
        }

        Kind = (FrameExtension)kind;
        Start = _next;
        _content = position;
        _next = position + length;
        return true;
    }
}
