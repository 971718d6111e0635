namespace RedisBackplane.AspNetCore.Tests.TestHubs;

/// <summary>A hub for users only, with a method for some of them.</summary>
[Authorize]
public sealed class GuardedHub : Hub
{
    public string Open() => "open";

    [Authorize(Roles = "admin")]
    public string AdminsOnly() => "admin";
}
