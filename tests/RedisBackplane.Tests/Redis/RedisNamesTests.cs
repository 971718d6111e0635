using RedisBackplane.Redis;
using RedisBackplane.Wire;
using StackExchange.Redis;

namespace RedisBackplane.Tests.Redis;

public sealed class RedisNamesTests
{
    [Fact]
    public void Channel_DatabaseZero_IsTheAppName()
    {
        var names = new RedisNames("Chat", 0);

        Assert.Equal("Chat", (string?)names.Channel);
        Assert.False(names.Channel.IsPattern);
    }

    [Fact]
    public void Channel_AnotherDatabase_IsKeptApart() => Assert.Equal("Chat{3}", (string?)new RedisNames("Chat", 3).Channel);

    [Theory]
    [InlineData("news.*")]
    [InlineData("a?b")]
    [InlineData("[ab]")]
    public void Channel_AppNameLikeAPattern_IsTakenLiterally(string appName)
    {
        var channel = new RedisNames(appName, 0).Channel;

        Assert.False(channel.IsPattern);
        Assert.Equal(appName, (string?)channel);
    }

    [Fact]
    public void Keys_AppName_CarryItAsHashTagAndDiffer()
    {
        var names = new RedisNames("Chat", 0);
        RedisKey[] keys =
        [
            names.Counter, names.History, names.OlderHistory, names.HistoryBytes, names.Server,
            names.Publisher(new PublisherId(1, 2)), names.Publisher(new PublisherId(1, 3)),
        ];

        Assert.Equal(
            [
                "{Chat}:counter", "{Chat}:history", "{Chat}:history:older", "{Chat}:history:bytes", "{Chat}:server",
                "{Chat}:publisher:00000000000000010000000000000002", "{Chat}:publisher:00000000000000010000000000000003",
            ],
            keys.Select(key => key.ToString()));
    }
}
