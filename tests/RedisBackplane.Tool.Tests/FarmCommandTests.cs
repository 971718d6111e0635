using System.Text.Json;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.TestInfrastructure;
using RedisBackplane.Tool.Benchmarking;

namespace RedisBackplane.Tool.Tests;

/// <summary>The commands against a farm on a real Redis.</summary>
public sealed class FarmCommandTests : IAsyncLifetime
{
    private readonly string _app = AppNames.Unique("tool");
    private RedisServerProcess? _redis;

    public async Task InitializeAsync() =>
        _redis = RedisServerProcess.FindExecutable() is null ? null : await RedisServerProcess.StartAsync();

    public async Task DisposeAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }

    [RedisProcessFact]
    public async Task Send_ToAGroup_IsSeenByMonitorAndInTheHistory()
    {
        await using var monitor = ToolRun.Start(With("monitor", "--json", "--count", "1", "--key", "hg-*"));
        await monitor.RemarksAsync("Listening");

        var (sent, _) = await ToolRun.ToEndAsync(
            With("send", "ChatHub", "say", "--group", "lobby", "--timeout", "30", "Ann", "17", """{"a":[true]}"""));
        Assert.Equal(ExitCodes.Ok, sent);
        Assert.Equal(ExitCodes.Ok, await monitor.EndAsync());

        var live = Assert.Single(monitor.JsonLines);
        Assert.Equal("hg-ChatHub.lobby", live.GetProperty("key").GetString());
        Assert.Equal("""ChatHub.say("Ann", 17, {"a":[true]})""", live.GetProperty("value").GetString());
        var (listed, history) = await ToolRun.ToEndAsync(With("history", "--json"));
        Assert.Equal(ExitCodes.Ok, listed);
        Assert.Equal(Said(live), Said(Assert.Single(history.JsonLines)));
    }

    [RedisProcessFact]
    public async Task Monitor_ForPeople_WritesALineForEachMessageUntilCtrlC()
    {
        await using var monitor = ToolRun.Start(With("monitor"));
        await monitor.RemarksAsync("Listening");
        using var server = new FarmServer(_redis!.EndPoint, _app);
        await server.PublishAsync("h-ChatHub", "one", "two");

        await Eventually.BecomesTrueAsync(() => monitor.Output.Contains("two", StringComparison.Ordinal), "both are shown");

        Assert.Equal(ExitCodes.Ok, await monitor.CancelAsync());
        var lines = monitor.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Count(line => line.Contains("hub ChatHub", StringComparison.Ordinal)));
        Assert.DoesNotContain('\u001b', monitor.Output);
        Assert.Contains(Name, monitor.Output, StringComparison.Ordinal);
    }

    [RedisProcessFact]
    public async Task History_OfOneServer_ShowsWhatItPublishedByItsName()
    {
        using var server = new FarmServer(_redis!.EndPoint, _app);
        await server.PublishAsync("h-ChatHub", "hello");

        var (_, its) = await ToolRun.ToEndAsync(With("history", "--json", "--server", Environment.MachineName));
        var (_, others) = await ToolRun.ToEndAsync(With("history", "--json", "--server", "another"));

        Assert.Equal(Name, Assert.Single(its.JsonLines).GetProperty("server").GetString());
        Assert.Empty(others.JsonLines);
    }

    [RedisProcessFact]
    public async Task Monitor_OfAFarmWithSeveralStreams_ListensToAllOfThem()
    {
        using var server = new FarmServer(_redis!.EndPoint, _app, options => options.StreamCount = 4);
        await server.PublishAsync("h-ChatHub", "first");
        await using var monitor = ToolRun.Start(With("monitor", "--json", "--count", "32"));
        await monitor.RemarksAsync("Listening");

        await server.PublishFromAsync(Enumerable.Range(0, 32).Select(number => "source " + number));

        Assert.Equal(ExitCodes.Ok, await monitor.EndAsync());
        var streams = monitor.JsonLines.Select(line => line.GetProperty("stream").GetInt32()).ToHashSet();
        Assert.Equal([0, 1, 2, 3], streams.Order());
        var (_, history) = await ToolRun.ToEndAsync(With("history", "--json", "--stream", "2"));
        Assert.All(history.JsonLines, line => Assert.Equal(2, line.GetProperty("stream").GetInt32()));
        Assert.NotEmpty(history.JsonLines);
    }

    [RedisProcessTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task History_AfterAnId_ShowsWhatFollowsAcrossBothParts(bool hasStreams)
    {
        if (!hasStreams)
        {
            await _redis!.DisposeAsync();
            _redis = await RedisServerProcess.StartAsync(RedisServerProcess.WithoutStreams);
        }

        // Small enough for the older part to be in use, large enough for nothing to be dropped.
        using var server = new FarmServer(_redis!.EndPoint, _app, options => options.HistoryMaxBytes = 64 * 1024);
        for (var i = 0; i < 30; i++)
        {
            await server.PublishAsync("h-ChatHub", new string('x', 1000) + i);
        }

        var (_, all) = await ToolRun.ToEndAsync(With("history", "--json", "--no-values", "--last", "1000"));
        var ids = all.JsonLines.Select(line => line.GetProperty("id").GetInt64()).ToArray();
        var tenth = ids[9].ToString(System.Globalization.CultureInfo.InvariantCulture);
        var (_, rest) = await ToolRun.ToEndAsync(With("history", "--json", "--after", tenth));

        Assert.Equal(30, ids.Length);
        Assert.Equal(ids[10..], rest.JsonLines.Select(line => line.GetProperty("id").GetInt64()));
        Assert.False(all.JsonLines[0].TryGetProperty("value", out _));
        Assert.Contains("30 frames", all.Error);
        var (_, doctor) = await ToolRun.ToEndAsync(With("doctor", "--json"));
        Assert.Equal("good", Verdict(doctor, "keeping the history"));
        var found = Line(doctor, "keeping the history").GetProperty("found").GetString()!;
        Assert.Contains(hasStreams ? "Redis Streams" : "sorted sets", found);
    }

    [RedisProcessFact]
    public async Task Doctor_OfAHealthyRedis_FindsNoProblem()
    {
        using var server = new FarmServer(_redis!.EndPoint, _app);
        await server.PublishAsync("h-ChatHub", "hello");

        var (exitCode, run) = await ToolRun.ToEndAsync(With("doctor", "--json"));

        Assert.Equal(ExitCodes.Ok, exitCode);
        Assert.Equal("good", Verdict(run, "servers"));
        Assert.Equal("good", Verdict(run, "counter"));
        Assert.Equal("good", Verdict(run, "writing and publishing"));
        Assert.Equal("advice", Verdict(run, "persistence"));
        Assert.DoesNotContain(run.JsonLines, line => line.GetProperty("verdict").GetString() == "problem");
    }

    [RedisProcessTheory]
    [InlineData("CONFIG SET maxmemory 100mb|CONFIG SET maxmemory-policy allkeys-lru", "eviction", "problem")]
    [InlineData("CONFIG SET maxmemory 100mb|CONFIG SET maxmemory-policy volatile-ttl", "eviction", "advice")]
    [InlineData("CONFIG SET client-output-buffer-limit \"pubsub 1mb 1mb 10\"", "output buffers", "advice")]
    [InlineData("SET {app}:counter nonsense", "counter", "problem")]
    [InlineData("LPUSH {app}:history nonsense", "keeping the history", "problem")]
    [InlineData("ACL SETUSER default -@scripting", "scripts and keys", "problem")]
    [InlineData("ACL SETUSER default -publish", "writing and publishing", "problem")]
    [InlineData("REPLICAOF 127.0.0.1 1", "role", "problem")]
    public async Task Doctor_OfARedisThatIsIll_NamesIt(string commands, string check, string verdict)
    {
        var configuration = _redis!.EndPoint + ",allowAdmin=true";
        await using (var administrator = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(configuration))
        {
            foreach (var command in commands.Replace("{app}", "{" + _app + "}", StringComparison.Ordinal).Split('|'))
            {
                var words = command.Split('"') is [var before, var quoted, _] ? [.. before.Trim().Split(' '), quoted] : command.Split(' ');
                await administrator.GetDatabase().ExecuteAsync(words[0], [.. words.Skip(1)]);
            }
        }

        var (exitCode, run) = await ToolRun.ToEndAsync(With("doctor", "--json"));

        Assert.Equal(verdict, Verdict(run, check));
        Assert.Equal(verdict == "problem" ? ExitCodes.NotWell : ExitCodes.Ok, exitCode);
        Assert.NotEmpty(Line(run, check).GetProperty("advice").GetString()!);
    }

    [RedisProcessFact]
    public async Task Bench_OfARedis_MeasuresEveryRowAndLeavesNoKeys()
    {
        var row = Bench.WarmUp + TimeSpan.FromSeconds(1) + (2 * Bench.ArriveWithin);
        var (exitCode, run) = await ToolRun.ToEndAsync(
            Eventually.DefaultTimeout + (BenchCase.All.Count * row), "bench", "--redis", _redis!.EndPoint, "--seconds", "1", "--json");

        Assert.Equal(BenchCase.All.Count, run.JsonLines.Count);
        Assert.All(run.JsonLines, line => Assert.True(line.GetProperty("messagesPerSecond").GetInt64() > 0));
        Assert.Equal(run.JsonLines.Any(line => Missing(line) > 0) ? ExitCodes.NotWell : ExitCodes.Ok, exitCode);

        // Of large messages the history holds less than a second's; a listener that pauses for longer misses some, and is told.
        Assert.All(run.JsonLines.Where(line => line.GetProperty("bytes").GetInt32() <= 1024), line => Assert.Equal(0, Missing(line)));
        await using var connection = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(_redis.EndPoint);
        var left = connection.GetServer(_redis.EndPoint).Keys()
            .Select(key => (string)key!)
            .Where(key => !key.Contains(":publisher:", StringComparison.Ordinal));
        Assert.Empty(left);
    }

    private static string Name =>
        Environment.MachineName + ":" + Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private string[] With(params string[] command) => [.. command, "--app", _app, "--redis", _redis!.EndPoint];

    // All but the name of the server, which is gone when it has sent.
    private static IEnumerable<string> Said(JsonElement message) =>
        message.EnumerateObject()
            .Where(property => property.Name != "server")
            .Select(property => property.Name + property.Value.GetRawText());

    private static JsonElement Line(ToolRun run, string check) =>
        run.JsonLines.Single(line => line.GetProperty("check").GetString() == check);

    private static long Missing(JsonElement row) => row.GetProperty("missing").GetInt64();

    private static string? Verdict(ToolRun run, string check) => Line(run, check).GetProperty("verdict").GetString();

    /// <summary>A server of the farm, as far as the backplane sees it.</summary>
    private sealed class FarmServer : IDisposable
    {
        private readonly DefaultDependencyResolver _resolver = new();
        private readonly RedisMessageBus _bus;

        public FarmServer(string redis, string app, Action<RedisBackplaneOptions>? configure = null)
        {
            _resolver.UseRedis(options =>
            {
                (options.ConnectionString, options.AppName) = (redis, app);
                configure?.Invoke(options);
            });
            _bus = _resolver.Resolve<RedisMessageBus>();
        }

        public async Task PublishAsync(string key, params string[] values)
        {
            foreach (var value in values)
            {
                await Eventually.CompletesAsync(_bus.Publish(new Message("source", key, value)), "it is stored");
            }
        }

        public Task PublishFromAsync(IEnumerable<string> sources) => Eventually.CompletesAsync(
            Task.WhenAll(sources.Select(source => _bus.Publish(new Message(source, "h-ChatHub", "hello")))), "they are stored");

        public void Dispose() => _resolver.Dispose();
    }
}
