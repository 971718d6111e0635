using RedisBackplane.Faults;
using RedisBackplane.TestInfrastructure;
using Xunit.Abstractions;

namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>A replica takes over.</summary>
public sealed class FailoverTests(ITestOutputHelper output) : FaultTest(output)
{
    [RedisProcessTheory]
    [InlineData("9a", 0)]
    [InlineData("9b", 1)]
    public async Task Planned_UnderLoad_LosesNothing(string number, int replicas)
    {
        await using var redis = await RedisSentinelFarm.StartAsync();
        await using var run = await StartAsync(
            new FaultPlan { Case = number, Fault = $"planned failover by Sentinel, WAIT {replicas}" },
            redis.ConnectionString,
            options => options.WaitForReplicas = replicas);
        await run.SteadyAsync();

        await redis.FailOverAsync();
        run.FaultEnded();

        await run.AssertAsync();
    }

    [RedisProcessTheory]
    [InlineData("9c", 0)]
    [InlineData("9d", 1)]
    public async Task MasterKilled_UnderLoad_LosesNothing(string number, int replicas)
    {
        await using var redis = await RedisSentinelFarm.StartAsync();
        await using var run = await StartAsync(
            new FaultPlan { Case = number, Fault = $"master killed, failover by Sentinel, WAIT {replicas}" },
            redis.ConnectionString,
            options => options.WaitForReplicas = replicas);
        await run.SteadyAsync();

        await redis.First.KillAsync();
        await redis.SecondIsMasterAsync();
        if (replicas > 0)
        {
            // Until there is a replica again, WAIT holds every publish back.
            await redis.First.StartAgainAsync();
        }

        run.FaultEnded();

        await run.AssertAsync();
    }
}
