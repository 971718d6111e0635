namespace RedisBackplane.IntegrationTests.Redis;

/// <summary>The roster of a farm whose Redis had a clock that was ahead, and was then corrected.</summary>
public sealed class JoinFarmScriptTests : IAsyncLifetime
{
    private const long Alive = 10_000;
    private const long Remember = 600_000;
    private const string FarAhead = "9999999999999";

    private readonly RedisNames _names = new(AppNames.Unique("roster"), 0);
    private RedisServerProcess _redis = null!;
    private ConnectionMultiplexer _multiplexer = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisServerProcess.StartAsync();
        _multiplexer = await ConnectionMultiplexer.ConnectAsync(_redis.EndPoint);
    }

    public async Task DisposeAsync()
    {
        await _multiplexer.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [RedisProcessFact]
    public async Task Join_AServerOfAClockThatWasAhead_IsGoneWhenItWouldBeByTheClockOfNow()
    {
        await Database.StringSetAsync(_names.Farm, $"dead:1/1 5 1 1/1 {FarAhead}\n- 7 0 - {FarAhead}\n");
        var before = DateTimeOffset.UtcNow;

        Assert.Equal((7, 1), await JoinAsync());

        var ends = await ReadEndsAsync();
        Assert.InRange(ends["dead:1/1"], before, DateTimeOffset.UtcNow.AddMilliseconds(Alive));
        Assert.InRange(ends["-"], before, DateTimeOffset.UtcNow.AddDays(30));

        // Another read does not delay the expiry.
        await JoinAsync();
        Assert.Equal(ends["dead:1/1"], (await ReadEndsAsync())["dead:1/1"]);
        Assert.Equal(ends["-"], (await ReadEndsAsync())["-"]);
    }

    private IDatabase Database => _multiplexer.GetDatabase();

    private async Task<(int Streams, int ReadByAll)> JoinAsync()
    {
        var reply = await Database.ScriptEvaluateAsync(
            JoinFarmScript.Text,
            new JoinFarmScript.Keys { Farm = _names.Farm }.InOrder(),
            new JoinFarmScript.Arguments
            {
                Id = "alive:2/1", Sends = 1, Reads = 1, Place = "1/1", Alive = Alive, Remember = Remember,
            }.InOrder());
        return ((int)reply[0], (int)reply[1]);
    }

    private async Task<Dictionary<string, DateTimeOffset>> ReadEndsAsync() =>
        ((string)(await Database.StringGetAsync(_names.Farm))!).Split(['\n'], StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' '))
            .ToDictionary(
                parts => parts[0],
                parts => DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(parts[4], CultureInfo.InvariantCulture)));
}
