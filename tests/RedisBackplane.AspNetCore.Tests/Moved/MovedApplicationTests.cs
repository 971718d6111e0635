namespace RedisBackplane.AspNetCore.Tests.Moved;

/// <summary>The application on .NET Framework or Mono. Mono's <c>HttpListener</c> has no WebSockets.</summary>
public sealed class ApplicationBeforeItsMove() : MovedApplicationSpecification(moved: false, backplane: false);

[NeedsRedis]
public sealed class ApplicationBeforeItsMoveOnAFarm() : MovedApplicationSpecification(moved: false, backplane: true);

public sealed class ApplicationAfterItsMove() : ApplicationThatHasMoved(backplane: false);

[NeedsRedis]
public sealed class ApplicationAfterItsMoveOnAFarm() : ApplicationThatHasMoved(backplane: true);

public abstract class ApplicationThatHasMoved(bool backplane) : MovedApplicationSpecification(moved: true, backplane)
{
    [SkippableFact]
    public Task Application_OverWebSockets_ServesTheSameClients() => ServesTheSameClientsAsync("webSockets");
}
