using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// Binds connection tokens to the user id. SignalR binds them to the name of the user, so a user without a name could
/// use the token of any other user without a name.
/// </summary>
internal sealed class BoundTokens(IProtectedData inner) : IProtectedData
{
    private const char Separator = '\n';

    public string Protect(string data, string purpose) =>
        inner.Protect(purpose == Purposes.ConnectionToken ? $"{data}{Separator}{User()}" : data, purpose);

    public string Unprotect(string protectedValue, string purpose)
    {
        var data = inner.Unprotect(protectedValue, purpose);
        if (purpose != Purposes.ConnectionToken)
        {
            return data;
        }

        var end = data.LastIndexOf(Separator);
        if (end < 0)
        {
            throw new FormatException("The connection token names no user id.");
        }

        // For SignalR it is the token of another name. It answers 403, as for any other user.
        return data.AsSpan(end + 1).SequenceEqual(User()) ? data[..end] : $"{data[..data.IndexOf(':')]}:{Separator}";
    }

    private static string User() => RequestUser.Current?.Fingerprint
        ?? throw new InvalidOperationException("A connection token belongs to a request, and none is being served.");
}
