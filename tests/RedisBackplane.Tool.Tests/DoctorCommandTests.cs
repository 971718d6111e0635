using RedisBackplane.IntegrationTests.Topologies;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Tests;

public sealed class DoctorCommandTests : FarmTest
{
    private const string Password = "farm-Pa55word";
    private const string AsFarm = ",user=farm,password=" + Password;

    [RedisProcessFact]
    public async Task Doctor_OfAHealthyRedis_FindsNoProblem()
    {
        using var server = new FarmServer(Redis, App);
        await server.PublishAsync("h-ChatHub", "hello");

        var (exitCode, run) = await ToolRun.ToEndAsync(With("doctor", "--json"));

        Assert.Equal(ExitCodes.Ok, exitCode);
        Assert.Equal("good", VerdictOf(run.JsonLines, "servers"));
        Assert.Equal("good", VerdictOf(run.JsonLines, "counter"));
        Assert.Equal("good", VerdictOf(run.JsonLines, "writing and publishing"));
        Assert.Equal("advice", VerdictOf(run.JsonLines, "persistence"));
        Assert.DoesNotContain(run.JsonLines, line => line.GetProperty("verdict").GetString() == "problem");
    }

    [RedisProcessTheory]
    [InlineData("CONFIG SET maxmemory 100mb; CONFIG SET maxmemory-policy allkeys-lru", "eviction", "problem")]
    [InlineData("CONFIG SET maxmemory 100mb; CONFIG SET maxmemory-policy volatile-ttl", "eviction", "advice")]
    [InlineData("CONFIG SET client-output-buffer-limit \"pubsub 1mb 1mb 10\"", "output buffers", "advice")]
    [InlineData("SET {app}:counter nonsense", "counter", "problem")]
    [InlineData("SET {app}:log nonsense", "keeping the history", "problem")]
    [InlineData("ACL SETUSER default -@scripting", "scripts and keys", "problem")]
    [InlineData("ACL SETUSER default -publish", "writing and publishing", "problem")]
    [InlineData("ACL SETUSER default -pexpire", "writing and publishing", "problem")]
    [InlineData("ACL SETUSER default -client|setname", "writing and publishing", "advice")]
    [InlineData("ACL SETUSER default -ping", "latency", "problem")]
    [InlineData("CONFIG SET maxmemory 100kb", "memory", "problem")]
    [InlineData("REPLICAOF 127.0.0.1 1", "role", "problem")]
    public async Task Doctor_OfARedisThatIsIll_NamesIt(string commands, string check, string verdict)
    {
        var configuration = Redis + ",allowAdmin=true";
        await using (var administrator = await ConnectionMultiplexer.ConnectAsync(configuration))
        {
            foreach (var command in commands.Replace("{app}", "{" + App + "}", StringComparison.Ordinal).Split("; "))
            {
                var words = command.Split('"') is [var before, var quoted, _] ? [.. before.Trim().Split(' '), quoted] : command.Split(' ');
                await administrator.GetDatabase().ExecuteAsync(words[0], [.. words.Skip(1)]);
            }
        }

        var (exitCode, run) = await ToolRun.ToEndAsync(With("doctor", "--json"));

        Assert.Equal(verdict, VerdictOf(run.JsonLines, check));
        Assert.Equal(verdict == "problem" ? ExitCodes.NotWell : ExitCodes.Ok, exitCode);
        Assert.NotEmpty(LineOf(run.JsonLines, check).GetProperty("advice").GetString()!);
    }

    [RedisProcessTheory]
    [InlineData(0, 0, "good", null)]
    [InlineData(1, 0, "advice", "WaitForReplicas")]
    [InlineData(1, 1, "advice", "messages wait")]
    [InlineData(2, 1, "good", null)]
    [InlineData(0, 1, "problem", "NOREPLICAS")]
    [InlineData(1, 2, "problem", "NOREPLICAS")]
    public async Task Doctor_OfAMasterWithReplicas_NamesWhatAFailoverCanLose(int replicas, int needed, string verdict, string? risk)
    {
        var servers = new List<RedisServerProcess>();
        try
        {
            servers.Add(await RedisServerProcess.StartAsync($"min-replicas-to-write {needed}"));
            for (var i = 0; i < replicas; i++)
            {
                servers.Add(await RedisServerProcess.StartAsync($"replicaof {RedisServerProcess.Host} {servers[0].Port}"));
            }

            await Eventually.BecomesTrueAsync(
                () => servers.Skip(1).All(replica => replica.ReadLog().Contains("Finished with success")), "the replicas are in step");

            var (_, run) = await ToolRun.ToEndAsync("doctor", "--json", "--app", App, "--redis", servers[0].EndPoint);

            var found = LineOf(run.JsonLines, "failover");
            Assert.Equal(verdict, found.GetProperty("verdict").GetString());
            var advice = found.TryGetProperty("advice", out var text) ? text.GetString() : null;
            Assert.Equal(risk is null, advice is null);
            Assert.Contains(risk ?? string.Empty, advice ?? string.Empty, StringComparison.Ordinal);
        }
        finally
        {
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }
        }
    }

    /// <summary>Redis does not accept writes while it cannot save what it has.</summary>
    [RedisProcessFact]
    public async Task Doctor_OfARedisWhoseSnapshotFails_NamesIt()
    {
        await using var redis = await RedisServerProcess.StartAsync("save 3600 1");
        await using var administrator = await ConnectionMultiplexer.ConnectAsync(redis.EndPoint + ",allowAdmin=true");

        // A folder is where the file should be.
        Directory.CreateDirectory(Path.Combine(redis.Folder, "dump.rdb"));
        await administrator.GetDatabase().ExecuteAsync("BGSAVE");
        await Eventually.BecomesTrueAsync(
            async () => (await administrator.GetServer(redis.EndPoint).InfoRawAsync("persistence"))!.Contains("bgsave_status:err"),
            "the snapshot has failed");

        // It refuses PING too. The client library takes it for absent in some attempts.
        for (var i = 0; i < 10; i++)
        {
            var (exitCode, run) = await ToolRun.ToEndAsync("doctor", "--json", "--app", App, "--redis", redis.EndPoint);

            Assert.Equal(string.Empty, run.Error);
            Assert.Equal(ExitCodes.NotWell, exitCode);
            Assert.Equal("problem", VerdictOf(run.JsonLines, "persistence"));
            Assert.Contains("MISCONF", LineOf(run.JsonLines, "persistence").GetProperty("advice").GetString()!, StringComparison.Ordinal);
        }
    }

    [RedisProcessFact]
    public async Task Doctor_WithoutTheRightToTheConfiguration_DoesNotSayThatThereAreNoSnapshots()
    {
        await AskAsync("ACL", "SETUSER", "default", "-config|get");

        var (_, run) = await ToolRun.ToEndAsync(With("doctor", "--json"));

        var found = LineOf(run.JsonLines, "persistence").GetProperty("found").GetString()!;
        Assert.Contains("no append-only file", found, StringComparison.Ordinal);
        Assert.Contains("unknown", found, StringComparison.Ordinal);
    }

    /// <summary>What is used contains the history that there is.</summary>
    [RedisProcessFact]
    public async Task Doctor_OfARedisThatHoldsAPartOfTheHistory_CountsItOnce()
    {
        const long Mebibyte = 1024 * 1024;
        using var server = new FarmServer(Redis, App);
        for (var i = 0; i < 8; i++)
        {
            await server.PublishAsync("h-ChatHub", new string('x', (int)Mebibyte * 3 / 4));
        }

        await using var administrator = await ConnectionMultiplexer.ConnectAsync(Redis + ",allowAdmin=true");
        var info = (await administrator.GetServer(Redis).InfoAsync("memory")).SelectMany(section => section);
        var used = long.Parse(info.Single(pair => pair.Key == "used_memory").Value, CultureInfo.InvariantCulture);
        var limit = used + new RedisBackplaneOptions().HistoryMaxBytes - (3 * Mebibyte);
        await AskAsync("CONFIG", "SET", "maxmemory", limit.ToString(CultureInfo.InvariantCulture));

        var (_, run) = await ToolRun.ToEndAsync(With("doctor", "--json"));

        Assert.Equal("good", VerdictOf(run.JsonLines, "memory"));
    }

    [RedisProcessFact]
    public async Task Doctor_AsTheDocumentedUser_MakesEveryCheckAndFindsNoProblem()
    {
        using var server = new FarmServer(Redis, App);
        await server.PublishAsync("h-ChatHub", "hello");
        await AskAsync(["ACL", "SETUSER", "farm", "on", ">" + Password, .. DocumentedRights.RuleOf(App)]);

        var (exitCode, run) = await ToolRun.ToEndAsync("doctor", "--json", "--app", App, "--redis", Redis + AsFarm);

        Assert.Equal(ExitCodes.Ok, exitCode);
        var (_, all) = await ToolRun.ToEndAsync(With("doctor", "--json"));
        Assert.Equal(all.JsonLines.Select(CheckOf), run.JsonLines.Select(CheckOf));
        Assert.Equal("good", VerdictOf(run.JsonLines, "role"));
        Assert.Equal("good", VerdictOf(run.JsonLines, "counter"));
    }

    [RedisProcessFact]
    public async Task Doctor_OfAClusterAsTheDocumentedUser_ExaminesTheOwnerOfTheKeys()
    {
        await using var cluster = await RedisClusterFarm.StartAsync();
        var owner = await cluster.OwnerOfAsync(await cluster.SlotOfAsync(App));
        string[] doctor = ["doctor", "--json", "--app", App, "--redis", cluster.ConnectionString + AsFarm];
        await GrantAsync("cluster", "sharded channel");
        var (exitCode, run) = await ToolRun.ToEndAsync(doctor);
        Assert.Equal(ExitCodes.Ok, exitCode);
        Assert.Equal("master of its part of a cluster", LineOf(run.JsonLines, "role").GetProperty("found").GetString());

        // No server has chosen the kind of channel. On a cluster, the first one would choose a sharded one.
        await GrantAsync("cluster");
        (_, run) = await ToolRun.ToEndAsync(doctor);
        Assert.Equal("problem", VerdictOf(run.JsonLines, "channel"));

        await owner.AskAsync("CONFIG SET maxmemory 100mb");
        await owner.AskAsync("CONFIG SET maxmemory-policy allkeys-lru");
        (_, run) = await ToolRun.ToEndAsync(doctor);
        Assert.Equal("problem", VerdictOf(run.JsonLines, "eviction"));

        async Task GrantAsync(params string[] farms)
        {
            var rule = string.Join(' ', DocumentedRights.RuleOf(App, farms));
            foreach (var node in cluster.Nodes)
            {
                await node.AskAsync($"ACL SETUSER farm on >{Password} {rule}");
            }
        }
    }

    [RedisProcessTheory]
    [InlineData("-ssubscribe", "channel")]
    [InlineData("-spublish", "writing and publishing")]
    public async Task Doctor_OfAFarmWithAShardedChannel_AsksForTheRightsToIt(string without, string check)
    {
        using var server = new FarmServer(Redis, App, options => options.ShardedPubSub = ShardedPubSub.On);
        await server.PublishAsync("h-ChatHub", "hello");
        await AskAsync("ACL", "SETUSER", "default", without);

        var (exitCode, run) = await ToolRun.ToEndAsync(With("doctor", "--json"));

        Assert.Equal("problem", VerdictOf(run.JsonLines, check));
        Assert.Equal(ExitCodes.NotWell, exitCode);
    }

    [RedisProcessTheory]
    [InlineData("$INFO=", "version")]
    [InlineData("$EVAL=,$EVALSHA=", "scripts and keys")]
    [InlineData("$TIME=", "clock")]
    public async Task Doctor_WithACommandThatTheAddressSwitchesOff_SaysThatItDoesNotKnow(string map, string check)
    {
        var (_, run) = await ToolRun.ToEndAsync("doctor", "--json", "--app", App, "--redis", $"{Redis},{map}");

        Assert.NotEqual("good", VerdictOf(run.JsonLines, check));
        Assert.Equal("good", VerdictOf(run.JsonLines, "counter"));
    }

    [RedisProcessTheory]
    [InlineData(true, "good")]
    [InlineData(false, "problem")]
    public async Task Doctor_OfTwoServers_NamesTheMasters(bool isReplica, string verdict)
    {
        var port = Redis.Split(':')[1];
        await using var second = await RedisServerProcess.StartAsync(
            isReplica ? [$"replicaof {RedisServerProcess.Host} {port}"] : []);
        if (isReplica)
        {
            await Eventually.BecomesTrueAsync(() => second.ReadLog().Contains("Finished with success"), "the replica is in step");
        }

        var (_, run) = await ToolRun.ToEndAsync("doctor", "--json", "--app", App, "--redis", Redis + "," + second.EndPoint);

        var found = LineOf(run.JsonLines, "masters");
        Assert.Equal(verdict, found.GetProperty("verdict").GetString());
        Assert.Equal(!isReplica, found.GetProperty("found").GetString()!.Contains(second.EndPoint, StringComparison.Ordinal));
    }

    private static string? CheckOf(JsonElement finding) => finding.GetProperty("check").GetString();
}
