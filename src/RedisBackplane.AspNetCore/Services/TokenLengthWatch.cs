using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// Warns once when a group token comes near the length that the server accepts in a URL. Beyond it, clients would get
/// 414.
/// </summary>
internal sealed class TokenLengthWatch(IOptions<KestrelServerOptions> kestrel, GuardedLogger<TokenLengthWatch> logger)
{
    private int _isLogged;

    public void Check(int tokenLength)
    {
        // The rest of a request line (path, connection token, cursor, the client's own query) takes about a quarter.
        var limit = kestrel.Value.Limits.MaxRequestLineSize;
        if (tokenLength > limit / 4 * 3 && Interlocked.Exchange(ref _isLogged, 1) == 0)
        {
            Log.GroupsTokenIsLong(logger, tokenLength, limit);
        }
    }
}
