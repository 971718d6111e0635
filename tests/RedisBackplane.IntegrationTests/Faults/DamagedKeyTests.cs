using RedisBackplane.FaultHarness;
using RedisBackplane.TestInfrastructure;
using Xunit.Abstractions;

namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>
/// Somebody laid hands on the bus's own keys; an operator mends them some seconds later, where they do not mend by themselves.
/// </summary>
public sealed class DamagedKeyTests(ITestOutputHelper output) : FaultTest(output)
{
    [RedisProcessTheory]
    [InlineData("11a", "counter of a wrong type", "DEL {0}:counter; LPUSH {0}:counter x", "DEL {0}:counter", 4)]
    [InlineData("11b", "counter not a number", "SET {0}:counter x", "DEL {0}:counter", 1.5)]
    [InlineData("11c", "counter above all ids", "SET {0}:counter 18446744073709551615", "DEL {0}:counter", 1.5)]
    [InlineData("11d", "history of a wrong type", "SET {0}:history x", "DEL {0}:history", 4)]
    [InlineData(
        "11e", "size of the history of a wrong type", "DEL {0}:history:bytes; LPUSH {0}:history:bytes x", "DEL {0}:history:bytes", 1.5)]
    [InlineData("11f", "history with an entry above all ids", "XADD {0}:history 18446744073709551615-5 f x", "DEL {0}:history", 1.5)]
    [InlineData("11g", "record of a publisher not a number", "publisher", "publisher", 1.5)]
    public async Task Damage_MendedLater_LosesNothing(string number, string fault, string damage, string mend, double seconds)
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var run = await StartAsync(
            new FaultPlan { Case = number, Fault = fault, FullFlowWithin = WithoutLostConnection }, redis.EndPoint);
        await using var administrator = await AdministratorAsync(redis);
        await run.SteadyAsync();

        if (damage == "publisher")
        {
            var records = administrator.Server.Keys(pattern: "{" + run.AppName + "}:publisher:*").ToArray();
            Assert.Equal(2, records.Length);
            (damage, mend) = (string.Join(";", records.Select(key => $"SET {key} x")), "DEL " + string.Join(' ', records));
        }

        await DoAsync(damage);
        await LastAsync(seconds);
        await DoAsync(mend);
        run.FaultEnded();

        await run.AssertAsync();

        Task DoAsync(string commands) => administrator.DoAtOnceAsync(
            commands.Replace("{0}", "{" + run.AppName + "}", StringComparison.Ordinal).Split(';', StringSplitOptions.TrimEntries));
    }

    [RedisProcessTheory]
    [InlineData("11i", "counter set back", "SET {0}:counter 5")]
    [InlineData("11j", "counter set back by little", "DECRBY {0}:counter 40")]
    [InlineData("11k", "counter set ahead", "INCRBY {0}:counter 100000")]
    [InlineData("11l", "history trimmed", "XTRIM {0}:history MAXLEN 0")]
    [InlineData("11m", "forged entries in the history", "XADD {0}:history * f x")]
    [InlineData("11n", "size of the history not a number", "SET {0}:history:bytes x")]
    public async Task Damage_ThatMendsByItself_LosesNothing(string number, string fault, string damage)
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var run = await StartAsync(
            new FaultPlan { Case = number, Fault = fault, FullFlowWithin = WithoutLostConnection }, redis.EndPoint);
        await using var administrator = await AdministratorAsync(redis);
        await run.SteadyAsync();

        await administrator.DoAsync(damage.Replace("{0}", "{" + run.AppName + "}", StringComparison.Ordinal));
        run.FaultEnded();

        await run.AssertAsync();
    }
}
