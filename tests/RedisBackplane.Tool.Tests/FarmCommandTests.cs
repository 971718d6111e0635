namespace RedisBackplane.Tool.Tests;

/// <summary>The commands against a farm on a real Redis.</summary>
public sealed class FarmCommandTests : FarmTest
{
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
        using var server = new FarmServer(Redis, App);
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
        using var server = new FarmServer(Redis, App);
        await server.PublishAsync("h-ChatHub", "hello");

        var (_, its) = await ToolRun.ToEndAsync(With("history", "--json", "--server", Environment.MachineName));
        var (_, others) = await ToolRun.ToEndAsync(With("history", "--json", "--server", "another"));

        Assert.Equal(Name, Assert.Single(its.JsonLines).GetProperty("server").GetString());
        Assert.Empty(others.JsonLines);
    }

    [RedisProcessFact]
    public async Task Monitor_OfAFarmWithSeveralStreams_ListensToAllOfThem()
    {
        using var server = new FarmServer(Redis, App, options => options.StreamCount = 4);
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

    /// <summary>An operator may start it before the farm.</summary>
    [RedisProcessFact]
    public async Task Monitor_OfAFarmThatGetsMoreStreams_ListensToThemToo()
    {
        await using var monitor = ToolRun.Start(With("monitor", "--json", "--count", "32"));
        await monitor.RemarksAsync("Listening");
        using var server = new FarmServer(Redis, App, options => options.StreamCount = 4);
        await monitor.RemarksAsync(App + "{3");

        await server.PublishFromAsync(Enumerable.Range(0, 32).Select(number => "source " + number));

        Assert.Equal(ExitCodes.Ok, await monitor.EndAsync());
        Assert.Equal([0, 1, 2, 3], monitor.JsonLines.Select(line => line.GetProperty("stream").GetInt32()).Distinct().Order());
    }

    [RedisProcessFact]
    public async Task Monitor_OfAFarmThatChoosesAShardedChannel_ListensToIt()
    {
        await using var monitor = ToolRun.Start(With("monitor", "--json", "--count", "1"));
        await monitor.RemarksAsync("Listening");
        using var server = new FarmServer(Redis, App, options => options.ShardedPubSub = ShardedPubSub.On);
        await monitor.RemarksAsync("sharded");

        await server.PublishAsync("h-ChatHub", "hello");

        Assert.Equal(ExitCodes.Ok, await monitor.EndAsync());
        Assert.Equal("h-ChatHub", Assert.Single(monitor.JsonLines).GetProperty("key").GetString());
    }

    /// <summary>
    /// Names of people begin like that; the parser would take it for the name of a file with arguments.
    /// </summary>
    [RedisProcessFact]
    public async Task Send_AnArgumentThatBeginsWithAt_SendsIt()
    {
        var (exitCode, run) = await ToolRun.ToEndAsync(With("send", "--timeout", "30", "ChatHub", "say", "@everyone"));

        Assert.Equal(string.Empty, run.Error);
        Assert.Equal(ExitCodes.Ok, exitCode);
        var (_, history) = await ToolRun.ToEndAsync(With("history", "--json"));
        Assert.Equal("""ChatHub.say("@everyone")""", Assert.Single(history.JsonLines).GetProperty("value").GetString());
    }

    [RedisProcessTheory]
    [InlineData("send", "ChatHub", "say")]
    [InlineData("history")]
    [InlineData("doctor")]
    public async Task CommandWithAnEnd_ThatIsCancelled_DoesNotClaimSuccess(params string[] command)
    {
        using var server = new FarmServer(Redis, App);
        await server.PublishAsync("h-ChatHub", "hello");

        var (exitCode, _) = await ToolRun.CancelledAsync(With(command));

        Assert.Equal(ExitCodes.NotWell, exitCode);
    }

    [RedisProcessTheory]
    [InlineData("doctor")]
    [InlineData("history")]
    [InlineData("monitor")]
    [InlineData("send", "ChatHub", "say", "--timeout", "2")]
    public async Task AnyCommand_OfADatabaseThatRedisDoesNotHave_SaysItAndEndsWith2(params string[] command)
    {
        var (exitCode, run) = await ToolRun.ToEndAsync(With([.. command, "--database", "16"]));

        Assert.Equal(ExitCodes.Unusable, exitCode);
        Assert.Contains("16", run.Error, StringComparison.Ordinal);
        Assert.Contains("database", run.Error, StringComparison.Ordinal);
    }

    [RedisProcessFact]
    public async Task Send_WithoutARight_NamesIt()
    {
        await AskAsync("ACL", "SETUSER", "default", "-eval", "-evalsha");

        var (exitCode, run) = await ToolRun.ToEndAsync(With("send", "ChatHub", "say", "--timeout", "2"));

        Assert.Equal(ExitCodes.Unusable, exitCode);
        Assert.Contains("nothing was sent", run.Error, StringComparison.Ordinal);
        Assert.Contains("lacks the right +eval", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Clients choose names of groups, users and methods; who writes to Redis can choose the rest.</summary>
    [RedisProcessFact]
    public async Task AnyCommand_OfAFarmWithEscapeSequences_ShowsThemAndLeavesTheTerminalAlone()
    {
        const string Attack = "\u001b[31m\u009b2J\r\n\u202e";
        const string Shown = @"\u001b[31m\u009b2J\u000d\u000a\u202e";
        await using var monitor = ToolRun.Start(With("monitor", "--count", "2"));
        await monitor.RemarksAsync("Listening");
        using (var server = new FarmServer(Redis, App))
        {
            await server.PublishAsync("hg-ChatHub.before" + Attack, "no JSON" + Attack, JsonSerializer.Serialize(
                new { H = "Chat" + Attack, M = "say" + Attack, A = new[] { 1 } }));
        }

        Assert.Equal(ExitCodes.Ok, await monitor.EndAsync());
        await using (var connection = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(Redis))
        {
            await connection.GetDatabase().StringSetAsync("{" + App + "}:counter", "17" + Attack);
        }

        var (_, history) = await ToolRun.ToEndAsync(With("history"));
        var (_, json) = await ToolRun.ToEndAsync(With("history", "--json"));
        var (_, doctor) = await ToolRun.ToEndAsync(With("doctor"));

        Assert.Contains("group ChatHub.before" + Shown, monitor.Output, StringComparison.Ordinal);
        Assert.Contains($"Chat{Shown}.say{Shown}(1)", monitor.Output, StringComparison.Ordinal);
        Assert.Contains("group ChatHub.before" + Shown, history.Output, StringComparison.Ordinal);
        Assert.Contains("the last id is 17" + Shown, history.Error, StringComparison.Ordinal);
        Assert.Contains("17" + Shown, doctor.Output, StringComparison.Ordinal);
        Assert.All(
            [monitor, history, json, doctor],
            run => Assert.DoesNotContain(run.Output + run.Error, character => character != '\n' && char.IsControl(character)));
        Assert.Equal(2, monitor.Output.Count(character => character == '\n'));
    }

    [RedisProcessFact]
    public async Task History_AfterAnId_ShowsWhatFollowsAcrossSegments()
    {
        // Small enough for several segments to be in use, and large enough for nothing to be dropped.
        using var server = new FarmServer(Redis, App, options => options.HistoryMaxBytes = 64 * 1024);
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
        var (_, last) = await ToolRun.ToEndAsync(With("history", "--json", "--last", "5"));
        Assert.Equal(ids[^5..], last.JsonLines.Select(line => line.GetProperty("id").GetInt64()));
        Assert.True(all.JsonLines[0].GetProperty("endPosition").GetInt64() < all.JsonLines[1].GetProperty("endPosition").GetInt64());
        Assert.Contains("segments, the oldest message sent at", all.Error);
        var (_, doctor) = await ToolRun.ToEndAsync(With("doctor", "--json"));
        Assert.Equal("good", VerdictOf(doctor.JsonLines, "keeping the history"));
        Assert.Contains("segments", LineOf(doctor.JsonLines, "history").GetProperty("found").GetString()!);
    }

    [RedisProcessFact]
    public async Task History_AfterAnIdWithinABatch_ShowsTheRestOfTheBatch()
    {
        // They wait for the connection, and leave in one batch.
        using var server = new FarmServer(Redis, App);
        await server.PublishFromAsync(Enumerable.Range(0, 8).Select(number => "source " + number));
        var (_, all) = await ToolRun.ToEndAsync(With("history", "--json"));
        var ids = all.JsonLines.Select(line => line.GetProperty("id").GetInt64()).ToArray();
        var batch = all.JsonLines.GroupBy(line => line.GetProperty("batch").GetInt64()).First(batch => batch.Count() > 1);
        var first = batch.First().GetProperty("id").GetInt64();

        var (_, rest) = await ToolRun.ToEndAsync(With("history", "--json", "--after", first.ToString(CultureInfo.InvariantCulture)));

        Assert.Equal(ids.Where(id => id > first), rest.JsonLines.Select(line => line.GetProperty("id").GetInt64()));
    }

    /// <summary>The rule in docs/security.md does not have the right to MEMORY USAGE.</summary>
    [RedisProcessFact]
    public async Task History_WithoutTheRightToItsSize_ShowsTheMessagesAndEndsWell()
    {
        using var server = new FarmServer(Redis, App);
        await server.PublishAsync("h-ChatHub", "hello");
        await using (var connection = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(Redis))
        {
            await connection.GetDatabase().ExecuteAsync("ACL", "SETUSER", "default", "-memory|usage");
        }

        var (exitCode, history) = await ToolRun.ToEndAsync(With("history", "--json"));

        Assert.Equal(ExitCodes.Ok, exitCode);
        Assert.Single(history.JsonLines);
        Assert.Contains("messages in 1 segments", history.Error, StringComparison.Ordinal);
    }

    /// <summary>It would otherwise follow a busy farm without an end.</summary>
    [RedisProcessFact]
    public async Task History_AfterAnIdOfABusyFarm_EndsWithWhatThereWasAtTheBeginning()
    {
        using var server = new FarmServer(Redis, App);
        await server.PublishAsync("h-ChatHub", "first");
        using var stop = new CancellationTokenSource();
        var busy = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await server.PublishAsync("h-ChatHub", "more");
            }
        });

        var (exitCode, history) = await ToolRun.ToEndAsync(With("history", "--json", "--after", "0"));
        await stop.CancelAsync();
        await busy;

        Assert.Equal(ExitCodes.Ok, exitCode);
        Assert.NotEmpty(history.JsonLines);
    }

    private static string Name =>
        Environment.MachineName + ":" + Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);

    // Everything except the name of the server, which has left after sending.
    private static IEnumerable<string> Said(JsonElement message) =>
        message.EnumerateObject()
            .Where(property => property.Name != "server")
            .Select(property => property.Name + property.Value.GetRawText());
}
