using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// Warns once before tokens of groups get longer than the server takes in a URL, when clients would get 414.
/// </summary>
internal sealed class TokenLengthWatch(IOptions<KestrelServerOptions> kestrel, ILogger<TokenLengthWatch> logger)
{
    private int _isLogged;

    public void Check(int tokenLength)
    {
        // The rest of a request line (path, connection token, cursor, the client's own query) takes a quarter, roughly.
        var limit = kestrel.Value.Limits.MaxRequestLineSize;
        if (tokenLength > limit / 4 * 3 && Interlocked.Exchange(ref _isLogged, 1) == 0)
        {
            Log.GroupsTokenIsLong(logger, tokenLength, limit);
        }
    }
}
