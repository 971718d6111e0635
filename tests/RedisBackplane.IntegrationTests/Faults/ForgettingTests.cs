using RedisBackplane.Faults;
using RedisBackplane.TestInfrastructure;
using Xunit.Abstractions;

namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>Redis forgets, and no connection breaks to notice it by.</summary>
public sealed class ForgettingTests(ITestOutputHelper output) : FaultTest(output)
{
    [RedisProcessTheory]
    [InlineData("10a", "FLUSHALL")]
    [InlineData("10b", "SCRIPT FLUSH")]
    [InlineData("10c", "DEL {0}:counter")]
    [InlineData("10d", "DEL {0}:history {0}:history:older {0}:history:bytes")]
    public async Task Command_UnderLoad_LosesNothing(string number, string command)
    {
        await using var redis = await RedisServerProcess.StartAsync();
        string? appName = null;
        await using var run = await StartAsync(
            new FaultPlan { Case = number, Fault = command.Replace("{0}", string.Empty, StringComparison.Ordinal), FullFlowWithin = WithoutLostConnection },
            redis.EndPoint,
            options => appName = options.AppName);
        await using var administrator = await AdministratorAsync(redis);
        await run.SteadyAsync();

        await administrator.DoAsync(command.Replace("{0}", "{" + appName + "}", StringComparison.Ordinal));
        run.FaultEnded();

        await run.AssertAsync();
    }
}
