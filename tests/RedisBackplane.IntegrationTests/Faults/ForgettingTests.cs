namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>Redis loses its memory, and no connection breaks.</summary>
public sealed class ForgettingTests(ITestOutputHelper output) : FaultTest(output)
{
    [RedisProcessTheory]
    [InlineData("10a", "FLUSHALL")]
    [InlineData("10b", "SCRIPT FLUSH")]
    public Task Flush_UnderLoad_LosesNothing(string number, string command) => LosesNothingAsync(number, command);

    [RedisProcessTheory, Trait("Runs", "weekly")]
    [InlineData("10c", "DEL {0}:counter")]
    [InlineData("10d", "DEL {0}:log")]
    public Task Key_DeletedUnderLoad_LosesNothing(string number, string command) => LosesNothingAsync(number, command);

    [RedisProcessFact, Trait("Runs", "weekly")]
    public async Task Flush_WhileASubscriberIsCutOff_LosesNothing()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var proxy = TcpProxy.Start(redis);
        await using var run = await StartAsync(
            new FaultPlan { Case = "10e", Fault = "FLUSHALL while a subscriber is cut off", OrderMayDiffer = true },
            name => name == "subscriber 0" ? proxy.EndPoint : redis.EndPoint);
        await using var administrator = await AdministratorAsync(redis);
        await run.SteadyAsync();

        proxy.RefuseNew();
        proxy.CutAll();
        await LastAsync(1);
        await administrator.DoAsync("FLUSHALL");
        await LastAsync(0.5);
        proxy.Resume();

        await run.AssertHealsAsync();
    }

    [RedisProcessFact, Trait("Runs", "weekly")]
    public async Task Flush_WithAClockThatIsBehind_LosesNothing()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var run = await StartAsync(
            new FaultPlan
            {
                Case = "10f",
                Fault = "FLUSHALL with a clock that is behind, five times",
                FullFlowWithin = WithoutLostConnection,
            },
            redis.EndPoint);
        await using var administrator = await AdministratorAsync(redis);

        // As if the ids had begun on a server whose clock was a year ahead.
        await administrator.DoAsync("SET {" + run.AppName + "}:counter 1830000000000000");
        await run.SteadyAsync();

        for (var i = 0; i < 5; i++)
        {
            await administrator.DoAsync("FLUSHALL");
            await LastAsync(0.3);
        }

        await run.AssertHealsAsync();
        Assert.True(run.Servers[^1].Bus.Status.LastId > 1_830_000_000_000_000);
    }

    private async Task LosesNothingAsync(string number, string command)
    {
        await using var redis = await RedisServerProcess.StartAsync();
        string? appName = null;
        await using var run = await StartAsync(
            new FaultPlan
            {
                Case = number,
                Fault = command.Replace("{0}", string.Empty, StringComparison.Ordinal),
                FullFlowWithin = WithoutLostConnection,
            },
            redis.EndPoint,
            options => appName = options.AppName);
        await using var administrator = await AdministratorAsync(redis);
        await run.SteadyAsync();

        await administrator.DoAsync(command.Replace("{0}", "{" + appName + "}", StringComparison.Ordinal));

        await run.AssertHealsAsync();
    }
}
