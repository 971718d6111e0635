namespace RedisBackplane.Tests.Redis.Stream;

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
            names.Counter, names.Log, names.Segment(7), names.Server, names.ChannelKind,
            names.Publisher(new PublisherId(1, 2)), names.Publisher(new PublisherId(1, 3)),
        ];

        Assert.Equal(
            [
                "{Chat}:counter", "{Chat}:log", "{Chat}:log:7", "{Chat}:server", "{Chat}:channel:kind",
                "{Chat}:publisher:00000000000000010000000000000002", "{Chat}:publisher:00000000000000010000000000000003",
            ],
            keys.Select(key => key.ToString()));
    }

    [Fact]
    public void Names_OfAnotherStream_AreKeptApartUnderAHashTagOfTheirOwn()
    {
        var names = new RedisNames("Chat", 0, stream: 2);

        Assert.Equal(("Chat{2", "{Chat{2}:counter"), ((string?)names.Channel, names.Counter.ToString()));
        Assert.Equal("Chat{2{3}", (string?)new RedisNames("Chat", 3, stream: 2).Channel);
    }

    [Fact]
    public void Names_OfManyStreamsDatabasesAndApplications_NeverMeet()
    {
        var channels = new HashSet<string>();
        var tags = new Dictionary<string, (string AppName, int Stream)>();
        foreach (var appName in new[] { "x", "x:1", "x1", "1", "x#1", "x 1" })
        {
            for (var stream = 0; stream < 12; stream++)
            {
                for (var database = 0; database < 12; database++)
                {
                    var names = new RedisNames(appName, database, stream);
                    Assert.True(channels.Add(names.Channel.ToString()), names.Channel.ToString());

                    // A cluster hashes the text between the first opening brace and the first closing one after it.
                    var key = names.Counter.ToString();
                    var tag = key.Substring(1, key.IndexOf('}') - 1);
                    Assert.True(!tags.TryGetValue(tag, out var owner) || owner == (appName, stream), key);
                    tags[tag] = (appName, stream);
                }
            }
        }
    }
}
