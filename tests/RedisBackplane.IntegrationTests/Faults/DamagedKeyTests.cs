namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>The bus's own keys were damaged. They recover by themselves.</summary>
public sealed class DamagedKeyTests(ITestOutputHelper output) : FaultTest(output)
{
    [RedisProcessTheory]
    [InlineData("11a", "counter of a wrong type", "DEL {0}:counter; LPUSH {0}:counter x")]
    [InlineData("11b", "counter not a number", "SET {0}:counter x")]
    [InlineData("11c", "counter above all ids", "SET {0}:counter 18446744073709551615")]
    [InlineData("11t", "counter negative", "SET {0}:counter -5")]
    [InlineData("11g", "records of the publishers no numbers", "SET {2} x")]
    [InlineData("11u", "records of the publishers of a wrong type", "DEL {2}; LPUSH {2} x")]
    [InlineData("11v", "records of the publishers lost", "DEL {2}")]
    [InlineData("11i", "counter set back", "SET {0}:counter 5")]
    [InlineData("11j", "counter set back by little", "DECRBY {0}:counter 40")]
    [InlineData("11k", "counter set ahead", "INCRBY {0}:counter 100000")]
    [InlineData("11d", "state of the history of a wrong type", "DEL {0}:log; LPUSH {0}:log x")]
    [InlineData("11e", "state of the history is none", "SET {0}:log x")]
    [InlineData("11f", "last id of the history above all ids", "BITFIELD {0}:log SET i64 #0 9223372036854775807")]
    [InlineData("11l", "segments of the history deleted", "DEL {1}")]
    [InlineData("11m", "forged bytes in the segments of the history", "SETRANGE {1} 0 forged")]
    [InlineData("11n", "end of the history set back", "BITFIELD {0}:log INCRBY i64 #1 -1000")]
    [InlineData("11q", "end of the history set ahead", "BITFIELD {0}:log INCRBY i64 #1 5000")]
    [InlineData("11r", "segments of the history of a wrong type", "DEL {1}; LPUSH {1} x")]
    [InlineData("11s", "segments of the history cut short", "SET {1} x")]
    public async Task Damage_ThatMendsByItself_LosesNothing(string number, string fault, string damage)
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var run = await StartAsync(
            new FaultPlan { Case = number, Fault = fault, FullFlowWithin = WithoutLostConnection }, redis.EndPoint);
        await using var administrator = await AdministratorAsync(redis);
        await run.SteadyAsync();

        var tag = "{" + run.AppName + "}";
        var commands = damage.Replace("{0}", tag, StringComparison.Ordinal).Split(';', StringSplitOptions.TrimEntries);
        var (segments, records) = (KeysOf("log:"), KeysOf("publisher:"));
        Assert.NotEmpty(segments);
        Assert.Equal(2, records.Length);
        await administrator.DoAtOnceAsync([.. commands.SelectMany(command =>
            command.Contains("{1}") ? segments.Select(key => command.Replace("{1}", key, StringComparison.Ordinal))
            : command.Contains("{2}") ? records.Select(key => command.Replace("{2}", key, StringComparison.Ordinal))
            : [command])]);

        await run.AssertHealsAsync();

        string[] KeysOf(string kind) => [.. administrator.Server.Keys(pattern: tag + ":" + kind + "*").Select(key => key.ToString())];
    }
}
