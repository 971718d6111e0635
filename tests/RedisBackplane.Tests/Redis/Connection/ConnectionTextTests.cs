namespace RedisBackplane.Tests.Redis.Connection;

public sealed class ConnectionTextTests
{
    private const string Secret = "Marked-5ecret";

    [Theory]
    [InlineData("localhost")]
    [InlineData("localhost:6379")]
    [InlineData("redis_1.internal.:6379 , 10.0.0.2")]
    [InlineData("[::1]:6379,[fe80::1]")]
    [InlineData("bücher.example:6379,user=a,password=b@c/d=e,ssl=true,")]
    [InlineData("one:1,two:2,serviceName=mymaster")]
    public void TryParse_Servers_IsTrue(string text)
    {
        Assert.True(ConnectionText.TryParse(text, out var configuration, out var fault), fault);
        Assert.NotEmpty(configuration.EndPoints);
    }

    [Fact]
    public void TryParse_UnixDomainSocket_IsTrueWhereTheFrameworkHasThem()
    {
        var isTrue = ConnectionText.TryParse("!/var/run/redis.sock", out _, out var fault);
#if NETFRAMEWORK
        Assert.False(isTrue);
        Assert.Contains("Unix domain socket", fault);
#else
        Assert.True(isTrue, fault);
#endif
    }

    [Theory]
    [InlineData("redis://user:Marked-5ecret@host:6380/2", "URL")]
    [InlineData("rediss://:Marked-5ecret@host", "ssl=true")]
    [InlineData("redis://Marked-5ecret", "URL")]
    [InlineData("Marked-5ecret@host:6379", "@")]
    [InlineData("user:Marked-5ecret@host:6379", "@")]
    [InlineData("host:6379,Marked-5ecret@other", "@")]
    [InlineData("host:6379,password=a,Marked-5ecret", "comma")]
    [InlineData("host:6379,password=a,Marked-5ecret:6379", "comma")]
    [InlineData("password=a,Marked-5ecret", "comma")]
    [InlineData("host:6379,password=a,Marked-5ecret=b", "understands")]
    [InlineData("host:6379,ssl=Marked-5ecret", "understands")]
    [InlineData("host,6379", "colon")]
    [InlineData("::1:6379", "brackets")]
    [InlineData("host:6379:Marked-5ecret", "brackets")]
    [InlineData("host:Marked-5ecret", "neither")]
    [InlineData("Marked-5ecret host", "neither")]
    [InlineData("Marked-5ecret!", "neither")]
    [InlineData("/tmp/Marked-5ecret.sock", "!PATH")]
    [InlineData("C:\\Marked-5ecret.sock", "!PATH")]
    [InlineData("[Marked-5ecret]:1", "neither")]
    [InlineData("[::1]Marked-5ecret", "neither")]
    [InlineData("ssl=true", "no server")]
    [InlineData("", "no server")]
    public void TryParse_NoServers_SaysHowToWriteItAndShowsNothing(string text, string expected)
    {
        Assert.False(ConnectionText.TryParse(text, out _, out var fault));

        Assert.Contains(expected, fault, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("host", true)]
    [InlineData("10.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("[::1]", true)]
    [InlineData("[::1]:6380", false)]
    [InlineData("host:6379", false)]
    [InlineData("host\n", false)]
    [InlineData("10.0.0.1\n", false)]
    [InlineData("6379", false)]
    [InlineData("6379\n", false)]
    [InlineData("pass@host", false)]
    [InlineData("a b", false)]
    [InlineData("a,b", false)]
    [InlineData("a/b", false)]
    [InlineData("", false)]
    public void IsHost_NamesAndAddressesAlone(string text, bool expected) => Assert.Equal(expected, ConnectionText.IsHost(text));
}
