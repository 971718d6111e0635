using System.Collections.Concurrent;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNetCore.DataProtection;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// Protects SignalR's connection and group tokens with the keys of the application. The purposes do not depend on the server, so that
/// servers that share keys and application name accept each other's tokens.
/// </summary>
internal sealed class DataProtectedTokens(IDataProtectionProvider provider) : IProtectedData
{
    private const string Root = "RedisBackplane.AspNetCore.ClassicSignalR";

    private readonly ConcurrentDictionary<string, IDataProtector> _protectors = new(StringComparer.Ordinal);

    public string Protect(string data, string purpose) => For(purpose).Protect(data);

    public string Unprotect(string protectedValue, string purpose) => For(purpose).Unprotect(protectedValue);

    private IDataProtector For(string purpose) => _protectors.GetOrAdd(purpose, name => provider.CreateProtector(Root, name));
}
