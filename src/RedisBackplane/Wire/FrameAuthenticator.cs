using System.Runtime.InteropServices;
using System.Text;

namespace RedisBackplane.Wire;

/// <summary>
/// Signs the frames of one stream with the farm's first key, and verifies that a frame was signed with one of its keys.
/// The layout is in <see cref="FrameLayout"/>. The tag is an HMAC-SHA256 of what the publisher writes: from its id to
/// the end of the extensions before the tag. Redis gives the ids of the messages, so the tag does not cover them.
/// Thread-safe.
/// </summary>
internal sealed class FrameAuthenticator
{
    public const int TagSize = HmacKey.HashSize;

    private readonly HmacKey[] _keys;
    private readonly bool _acceptsUnsigned;

    private FrameAuthenticator(HmacKey[] keys, bool acceptsUnsigned)
    {
        _keys = keys;
        _acceptsUnsigned = acceptsUnsigned;
    }

    /// <param name="keys">The farm's keys. The array is not kept. The first key signs.</param>
    /// <param name="acceptsUnsigned">Whether a frame without a tag is accepted.</param>
    /// <returns>The authenticator; <see langword="null"/> if there are no keys.</returns>
    public static FrameAuthenticator? Create(IEnumerable<byte[]>? keys, bool acceptsUnsigned, string appName, int database, int stream)
    {
        // Each stream has a key of its own, so that a frame of one stream is not valid in another stream, or in another
        // application with the same key.
        var scope = Encoding.UTF8.GetBytes(FormattableString.Invariant($"RedisBackplane frame tag 1\n{appName}\n{database}\n{stream}"));
        HmacKey[] derived = [.. (keys ?? []).Select(key =>
        {
            var own = new byte[HmacKey.HashSize];
            new HmacKey((byte[])key.Clone()).Hash(scope, 0, scope.Length, own);
            return new HmacKey(own);
        })];
        return derived.Length == 0 ? null : new FrameAuthenticator(derived, acceptsUnsigned);
    }

    /// <summary>Adds the tag to a frame that is complete and has all its other extensions.</summary>
    public void Sign(FrameWriter frame)
    {
        // Before the frame changes: if there is no memory for the hash, the frame can be signed later.
        Span<byte> hash = stackalloc byte[TagSize];
        _ = MemoryMarshal.TryGetArray(frame.Frame, out var bytes);
        _keys[0].Hash(bytes.Array!, bytes.Offset + FrameLayout.Body, bytes.Count - FrameLayout.Body, hash);
        hash.CopyTo(frame.AppendExtension(FrameExtension.Authentication, TagSize));
    }

    /// <summary>Whether a frame is authentic.</summary>
    /// <param name="reason">Why it is not authentic, as text for a log; otherwise <see langword="null"/>.</param>
    public bool Accepts(in Frame frame, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out string? reason)
    {
        var extensions = frame.EnumerateExtensions();
        while (extensions.MoveNext())
        {
            if (extensions.Kind == FrameExtension.Authentication)
            {
                reason = !extensions.IsLast ? "something follows its authentication tag, which covers only what is before it"
                    : !IsOfAnyKey(frame.Buffer, extensions.Start, extensions.Content)
                        ? "its authentication tag is of none of this server's keys"
                    : null;
                return reason is null;
            }
        }

        reason = _acceptsUnsigned ? null : "it carries no authentication tag";
        return reason is null;
    }

    private bool IsOfAnyKey(byte[] frame, int end, ReadOnlySpan<byte> tag)
    {
        Span<byte> right = stackalloc byte[TagSize];
        foreach (var key in _keys)
        {
            key.Hash(frame, FrameLayout.Body, end - FrameLayout.Body, right);
            if (HmacKey.AreEqual(right, tag))
            {
                return true;
            }
        }

        return false;
    }
}
