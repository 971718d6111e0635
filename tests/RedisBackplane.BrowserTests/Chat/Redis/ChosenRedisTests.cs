using global::Chat.Redis;
using StackExchange.Redis;

namespace RedisBackplane.BrowserTests.Chat.Redis;

public sealed class ChosenRedisTests
{
    [Theory]
    [InlineData("localhost", "localhost:6379", "")]
    [InlineData("127.0.0.1:6380", "localhost:6380", " -p 6380")]
    [InlineData("redis.example.net", "redis.example.net:6379", " -h redis.example.net")]
    [InlineData("redis.example.net:7000,ssl=true", "redis.example.net:7000", " -h redis.example.net -p 7000 --tls")]
    [InlineData("10.1.2.3:6379,user=ada,password=secret", "10.1.2.3:6379", " -h 10.1.2.3 --user NAME --askpass")]
    public void Address_OfAConnectionString_IsShownWithoutItsPassword(string connectionString, string address, string arguments)
    {
        using var redis = new ChosenRedis(RedisSource.CommandLine, ConfigurationOptions.Parse(connectionString));
        Assert.Equal(address, redis.Address);
        Assert.Equal(arguments, redis.CliArguments);
    }

    [Theory]
    [InlineData("localhost", "Chat")]
    [InlineData("localhost,defaultDatabase=0", "Chat")]
    [InlineData("localhost,defaultDatabase=3", "Chat{3}")]
    public void ChannelOf_AFarmInADatabase_IsTheChannelOfTheBus(string connectionString, string channel)
    {
        using var redis = new ChosenRedis(RedisSource.CommandLine, ConfigurationOptions.Parse(connectionString));
        Assert.Equal(channel, redis.ChannelOf("Chat"));
    }
}
