namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>Redis answers, but refuses. What waited is sent when the cause is over.</summary>
public sealed class RefusalTests(ITestOutputHelper output) : FaultTest(output)
{
    private const string Password = "a-secret";
    private const double Seconds = 2;

    [RedisProcessTheory]
    [InlineData("7a", "out of memory (noeviction) for 4 s", "CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0", 4)]
    [InlineData("7b", "read-only replica for 4 s", "REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE", 4)]
    [InlineData("7c", "right to run scripts taken for 4 s", "ACL SETUSER default -evalsha -eval", "ACL SETUSER default +@all", 4)]
    [InlineData("7d", "right to the keys taken for 2 s", "ACL SETUSER default resetkeys", "ACL SETUSER default ~*", 2)]
    [InlineData("7e", "right to the channel taken for 4 s", "ACL SETUSER default resetchannels", "ACL SETUSER default &*", 4)]
    [InlineData("7f", "right to publish taken for 2 s", "ACL SETUSER default -publish", "ACL SETUSER default +@all", 2)]
    [InlineData("11h", "a single out-of-memory reply", "CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0", 0.03)]
    public async Task Refusal_ForAWhile_LosesNothing(string number, string fault, string begin, string end, double seconds)
    {
        await using var redis = await RedisServerProcess.StartAsync("maxmemory-policy noeviction");
        await using var run = await StartAsync(new FaultPlan { Case = number, Fault = fault }, redis.EndPoint);
        await using var administrator = await PrivilegedAsync(redis);
        await run.SteadyAsync();

        await administrator.DoAsync(begin);
        await LastAsync(seconds);
        await administrator.DoAsync(end);

        await run.AssertHealsAsync();
    }

    [RedisProcessFact]
    public async Task OutOfMemory_WithFailFast_FailsOnlyTheSendsOfItsTime()
    {
        await using var redis = await RedisServerProcess.StartAsync("maxmemory-policy noeviction");
        await using var run = await StartAsync(
            new FaultPlan { Case = "7g", Fault = "out of memory for 2 s, QueuePolicy FailFast", MayFail = true },
            redis.EndPoint,
            options => options.QueuePolicy = QueuePolicy.FailFast);
        await using var administrator = await AdministratorAsync(redis);
        await run.SteadyAsync();

        await administrator.DoAsync("CONFIG SET maxmemory 1");
        await LastAsync(Seconds);
        await administrator.DoAsync("CONFIG SET maxmemory 0");
        run.FaultEnded();

        var tally = await run.AssertAsync();
        Assert.True(tally.Failed > 0);
        Assert.Equal(0, run.FailedAfter(tally.FullFlow));
    }

    [RedisProcessTheory]
    [InlineData("7h", "wrong password, set right after 2 s", "ACL SETUSER bus on >another ~* &* +@all")]
    [InlineData("7i", "user without EVAL, given after 2 s", "ACL SETUSER bus on >a-secret ~* &* +@all -eval -evalsha")]
    [InlineData("7j", "user without the channel, given after 2 s", "ACL SETUSER bus on >a-secret ~* resetchannels +@all")]
    [InlineData("7k", "user without the keys, given after 2 s", "ACL SETUSER bus on >a-secret resetkeys &* +@all")]
    public async Task Refusal_FromTheStart_IsOverWhenItsCauseIs(string number, string fault, string user)
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var administrator = await AdministratorAsync(redis);
        await administrator.DoAsync(user);

        // A client whose password is refused continues as the default user, if there is one.
        await administrator.DoAsync("ACL SETUSER default off");
        await using var run = await StartAsync(
            new FaultPlan { Case = number, Fault = fault }, redis.EndPoint + ",user=bus,password=" + Password, connects: false);
        run.StartInFault();

        await LastAsync(Seconds);
        await administrator.DoAsync("ACL SETUSER bus on >a-secret ~* &* +@all");

        await run.AssertHealsAsync();
        Assert.All(run.Servers, server => Assert.DoesNotContain(Password, server.Logs.ToString(), StringComparison.Ordinal));
    }

    // Another user, whose rights the fault does not change.
    private static async Task<RedisAdministrator> PrivilegedAsync(RedisServerProcess redis)
    {
        await using (var administrator = await AdministratorAsync(redis))
        {
            await administrator.DoAsync("ACL SETUSER admin on >admin ~* &* +@all");
        }

        return await AdministratorAsync(redis, ",user=admin,password=admin");
    }
}
