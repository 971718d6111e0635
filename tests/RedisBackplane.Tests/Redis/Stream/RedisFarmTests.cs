using Moq;

namespace RedisBackplane.Tests.Redis.Stream;

/// <summary>What the servers of a farm agree on, and what they learn about their Redis.</summary>
public sealed class RedisFarmTests : MockedRedisTest
{
    private const int ChannelKindEvent = 3030;
    private const int UnnamedEvent = 3031;

    [Fact]
    public async Task CheckDatabaseAsync_WithoutTheRightToSelect_NamesIt()
    {
        var calls = Redis.OnScript(SelectDatabaseScript.Text, _ => throw MockedRedis.Error(
            "ERR The user executing the script can't run this command or subcommand script: 48cb, on @user_script:2."));

        var exception = await Assert.ThrowsAsync<BackplaneException>(Redis.Farm().CheckDatabaseAsync);

        Assert.Contains("lacks the right +select", exception.Message, StringComparison.Ordinal);
        Assert.Equal(5, (int)Assert.Single(Assert.Single(calls).Values));
    }

    /// <summary>The client library would use database 0 if it may not ask how many there are.</summary>
    [Theory]
    [InlineData("ERR DB index is out of range script: 48cb, on @user_script:6.")]
    [InlineData("ERR invalid DB index")]
    public async Task CheckDatabaseAsync_DatabaseThatRedisLacks_IsNamed(string said)
    {
        Redis.OnScript(SelectDatabaseScript.Text, _ => throw MockedRedis.Error(said));

        var exception = await Assert.ThrowsAsync<BackplaneException>(Redis.Farm().CheckDatabaseAsync);

        Assert.Contains("Redis has no database 5", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith(said, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckDatabaseAsync_ServerWithoutSelectInScripts_Passes()
    {
        var calls = Redis.OnScript(
            SelectDatabaseScript.Text, _ => throw MockedRedis.Error("ERR unknown command 'SELECT' called from script"));

        await Redis.Farm().CheckDatabaseAsync();

        Assert.Single(calls);
    }

    [Theory]
    [InlineData(ShardedPubSub.Auto, ServerType.Standalone, 0)]
    [InlineData(ShardedPubSub.Auto, ServerType.Cluster, 1)]
    [InlineData(ShardedPubSub.On, ServerType.Standalone, 1)]
    [InlineData(ShardedPubSub.Off, ServerType.Cluster, 0)]
    public async Task RecognizeAsync_OptionAndTopology_AskForTheirKindOfChannel(ShardedPubSub option, ServerType type, int wants)
    {
        var calls = Answer(isSharded: wants == 1);
        Redis.Multiplexer.Setup(multiplexer => multiplexer.GetServers()).Returns([Mock.Of<IServer>(server => server.ServerType == type)]);
        var farm = Redis.Farm(option);

        await farm.RecognizeAsync();

        var call = Assert.Single(calls);
        Assert.Equal(["{Chat}:counter", "{Chat}:server", "{Chat}:channel:kind"], call.KeyNames);
        Assert.Equal([wants, 0], call.Values.Select(static value => (int)value));
    }

    [Fact]
    public async Task RecognizeAsync_AnotherEpochThanBefore_IsToldBeforeAnythingRunsThere()
    {
        var epoch = "run:1";
        Redis.OnScript(RecognizeScript.Text, _ => RedisResult.Create([(RedisValue)0, 0, 1, epoch, 1]));
        var stream = Redis.Stream;
        var epochs = new List<string>();
        var farm = new RedisFarm(
            stream, CurrentFormat.Instance, ShardedPubSub.Auto, static () => 0, () => epochs.Add(stream.Slot.Epoch.Name));

        await farm.RecognizeAsync();
        await farm.RecognizeAsync();
        Assert.Empty(epochs);
        epoch = "other:1";
        await farm.RecognizeAsync();

        Assert.Equal(["run:1"], epochs);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RecognizeAsync_Auto_FollowsTheFarm(bool isSharded)
    {
        Answer(isSharded);
        var farm = Redis.Farm();

        await farm.RecognizeAsync();

        Assert.Equal(isSharded, farm.IsSharded);
        Assert.Equal(isSharded ? Redis.Names.ShardedChannel : Redis.Names.Channel, farm.Channel);
        Assert.Equal(isSharded, farm.Channel.IsSharded);
        Assert.Equal(isSharded ? 1 : 0, Redis.Logger.Of(ChannelKindEvent).Count());
    }

    [Theory]
    [InlineData(ShardedPubSub.On, false)]
    [InlineData(ShardedPubSub.Off, true)]
    public async Task RecognizeAsync_ToldOtherwiseThanTheFarm_FailsAndSaysHowToChangeIt(ShardedPubSub option, bool isSharded)
    {
        Answer(isSharded);

        var exception = await Assert.ThrowsAsync<BackplaneException>(() => Redis.Farm(option).RecognizeAsync());

        Assert.Contains($"ShardedPubSub is {option}", exception.Message, StringComparison.Ordinal);
        Assert.Contains("{Chat}:channel:kind", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ShardedPubSub.On, false)]
    [InlineData(ShardedPubSub.Auto, true)]
    public async Task RecognizeAsync_ServerWithoutShardedPubSub_FailsAndSaysSo(ShardedPubSub option, bool isSharded)
    {
        Answer(isSharded, hasSharded: false);

        var exception = await Assert.ThrowsAsync<BackplaneException>(() => Redis.Farm(option).RecognizeAsync());

        Assert.Contains("SPUBLISH", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RecognizeAsync_ServerThatDoesNotSayWhoItIs_IsToldOnce()
    {
        Answer(isSharded: false, isNamed: false);
        var farm = Redis.Farm();

        await farm.RecognizeAsync();
        await farm.RecognizeAsync();

        Assert.Single(Redis.Logger.Of(UnnamedEvent));
    }

    [Fact]
    public async Task RecognizeAsync_StrangeReply_Fails()
    {
        Redis.OnScript(RecognizeScript.Text, _ => RedisResult.Create((RedisValue)1));

        await Assert.ThrowsAsync<BackplaneException>(() => Redis.Farm().RecognizeAsync());
    }

    private List<ScriptCall> Answer(bool isSharded, bool hasSharded = true, bool isNamed = true) =>
        Redis.OnScript(
            RecognizeScript.Text,
            _ => RedisResult.Create([(RedisValue)0, isSharded ? 1 : 0, hasSharded ? 1 : 0, isNamed ? "run:1" : "", 1]));
}
