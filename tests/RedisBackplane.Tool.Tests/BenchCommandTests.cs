using RedisBackplane.Tool.Benchmarking;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Tests;

/// <summary>It uses the whole machine, and runs after the other tests have ended.</summary>
[Collection(nameof(Alone))]
public sealed class BenchCommandTests : FarmTest
{
    [RedisProcessFact]
    public async Task Bench_OfARedis_MeasuresEveryRowAndLeavesNoKeys()
    {
        var row = Bench.WarmUp + TimeSpan.FromSeconds(1) + (2 * Bench.ArriveWithin);
        var (exitCode, run) = await ToolRun.ToEndAsync(
            Eventually.DefaultTimeout + (BenchCase.All.Count * row), "bench", "--redis", Redis, "--seconds", "1", "--json");

        Assert.Equal(BenchCase.All.Count, run.JsonLines.Count);
        Assert.All(run.JsonLines, line => Assert.True(line.GetProperty("messagesPerSecond").GetInt64() > 0));
        Assert.Equal(run.JsonLines.Any(line => Missing(line) > 0) ? ExitCodes.NotWell : ExitCodes.Ok, exitCode);

        // The history holds less than a second of large messages. A listener that pauses for longer misses some of
        // them, and reports it.
        Assert.All(run.JsonLines.Where(line => line.GetProperty("bytes").GetInt32() <= 1024), line => Assert.Equal(0, Missing(line)));
        await using var connection = await ConnectionMultiplexer.ConnectAsync(Redis);
        var left = connection.GetServer(Redis).Keys()
            .Select(key => (string)key!)
            .Where(key => !key.Contains(":publisher:", StringComparison.Ordinal));
        Assert.Empty(left);
    }

    [RedisProcessFact]
    public async Task Bench_OfAFarmThatIsNamed_IsRefusedAndLeavesItAlone()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(Redis);
        var counter = $"{{{App}}}:counter";
        await connection.GetDatabase().StringSetAsync(counter, 7);

        var (exitCode, run) = await ToolRun.ToEndAsync("bench", "--redis", Redis, "--app", App, "--seconds", "1");

        Assert.Equal(ExitCodes.Unusable, exitCode);
        Assert.Contains("leave out --app", run.Error, StringComparison.Ordinal);
        Assert.Equal(7, await connection.GetDatabase().StringGetAsync(counter));
    }

    [RedisProcessFact]
    public async Task Bench_OfADatabaseThatRedisDoesNotHave_SaysItAndEndsWith2()
    {
        var (exitCode, run) = await ToolRun.ToEndAsync("bench", "--redis", Redis, "--database", "16");

        Assert.Equal(ExitCodes.Unusable, exitCode);
        Assert.Contains("No connection", run.Error, StringComparison.Ordinal);
        Assert.Contains("The database does not exist on the server: 16", run.Error, StringComparison.Ordinal);
    }

    private static long Missing(JsonElement row) => row.GetProperty("missing").GetInt64();
}

[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
