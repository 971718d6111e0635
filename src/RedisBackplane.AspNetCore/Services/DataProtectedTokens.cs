using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// Protects SignalR's connection and group tokens with the keys of the application. The purposes do not depend on the
/// server, so servers that share keys and application name accept each other's tokens. A group token is compressed,
/// because it contains the names of all groups of a connection and is part of the URL.
/// </summary>
internal sealed class DataProtectedTokens(IDataProtectionProvider provider, TokenLengthWatch lengths) : IProtectedData
{
    private const string Root = "RedisBackplane.AspNetCore.ClassicSignalR";

    // A group token contains the hub and the groups. Long polling posts it, so no limit of a URL applies.
    private const int LargestGroups = 16 * 1024 * 1024;

    private readonly ConcurrentDictionary<string, IDataProtector> _protectors = new(StringComparer.Ordinal);
    private readonly RecentTokens _recent = new(TimeProvider.System);

    public string Protect(string data, string purpose)
    {
        var bytes = Encoding.UTF8.GetBytes(data);
        string token;
        if (purpose != Purposes.Groups)
        {
            token = WebEncoders.Base64UrlEncode(For(purpose).Protect(bytes));
            if (purpose == Purposes.ConnectionToken)
            {
                _recent.Add(token, data);
            }

            return token;
        }

        token = WebEncoders.Base64UrlEncode(For(purpose).Protect(Compress(bytes)));
        lengths.Check(token.Length);
        return token;
    }

    public string Unprotect(string protectedValue, string purpose)
    {
        if (purpose == Purposes.ConnectionToken && _recent.Find(protectedValue) is { } data)
        {
            return data;
        }

        var bytes = For(purpose).Unprotect(WebEncoders.Base64UrlDecode(protectedValue));
        return Encoding.UTF8.GetString(purpose == Purposes.Groups ? Decompress(bytes) : bytes);
    }

    private static byte[] Compress(byte[] bytes)
    {
        var compressed = new byte[BrotliEncoder.GetMaxCompressedLength(bytes.Length)];
        return BrotliEncoder.TryCompress(bytes, compressed, out var length, quality: 4, window: 18)
            ? compressed[..length]
            : throw new InvalidOperationException("The names of the groups could not be compressed.");
    }

    private static byte[] Decompress(byte[] bytes)
    {
        using var decompressed = new MemoryStream();
        using var brotli = new BrotliStream(new MemoryStream(bytes), CompressionMode.Decompress);
        brotli.CopyTo(decompressed);
        return decompressed.Length <= LargestGroups
            ? decompressed.ToArray()
            : throw new FormatException("The groups token is too large.");
    }

    private IDataProtector For(string purpose) => _protectors.GetOrAdd(purpose, name => provider.CreateProtector(Root, name));
}
