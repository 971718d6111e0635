using Microsoft.AspNet.SignalR;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// Notices that GlobalHost's resolver was replaced under a host that uses GlobalHost, and logs it once.
/// </summary>
internal sealed class GlobalHostWatch(IDependencyResolver resolver, ILogger logger)
{
    private readonly bool _isClaimed = GlobalHostUse.IsClaimed(resolver);
    private int _isLogged;

    public void Check()
    {
        if (_isClaimed
            && !ReferenceEquals(GlobalHost.DependencyResolver, resolver)
            && Interlocked.Exchange(ref _isLogged, 1) == 0)
        {
            Log.GlobalHostReplaced(logger);
        }
    }
}
