using System.Security.Cryptography;
#if !NET
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
#endif

namespace RedisBackplane.Wire;

/// <summary>A key for HMAC-SHA256, ready for use. Thread-safe.</summary>
internal sealed class HmacKey(byte[] key)
{
    public const int HashSize = 32;


#if NET
    /// <summary>Hashes some bytes; allocates nothing.</summary>
    public void Hash(byte[] bytes, int offset, int count, Span<byte> hash) => HMACSHA256.HashData(key, bytes.AsSpan(offset, count), hash);

    /// <summary>Compares in a time that depends only on the lengths.</summary>
    public static bool AreEqual(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => CryptographicOperations.FixedTimeEquals(left, right);
#else
    // One for each thread that hashes at the same time as others.
    private readonly ConcurrentBag<HMACSHA256> _idle = [];

    /// <summary>Hashes some bytes. Allocates only the hash, because the framework has no other method.</summary>
    public void Hash(byte[] bytes, int offset, int count, Span<byte> hash)
    {
        if (!_idle.TryTake(out var hmac))
        {
            hmac = new HMACSHA256(key);
        }

        hmac.ComputeHash(bytes, offset, count).CopyTo(hash);
        _idle.Add(hmac);
    }

    /// <summary>Compares in a time that depends only on the lengths.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    public static bool AreEqual(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        var difference = 0;
        for (var i = 0; i < left.Length; i++)
        {
            difference |= left[i] ^ right[i];
        }

        return difference == 0;
    }
#endif
}
