using Microsoft.Extensions.Options;
using RedisBackplane.Tool.Farms;

namespace RedisBackplane.Tool.Tests.Farms;

public sealed class FarmAddressTests
{
    [Fact]
    public void Parse_AnAddress_NamesServersChannelAndDatabase()
    {
        var farm = FarmAddress.Parse("one:6379,two:6380", "Chat", database: 3, user: null, password: null);

        Assert.Equal(("one:6379,two:6380", "Chat", 3), (farm.Servers, farm.AppName, farm.Database));
        Assert.Equal("Chat{3}", farm.Names.Channel);
    }

    [Theory]
    [InlineData("one", "one:6379")]
    [InlineData("one,ssl=true", "one:6380")]
    [InlineData("one,serviceName=master", "one:26379")]
    public void Parse_AnAddressWithoutAPort_NamesTheUsualOne(string redis, string servers) =>
        Assert.Equal(servers, FarmAddress.Parse(redis, "Chat", 0, null, null).Servers);

    [Fact]
    public void Parse_ADatabaseInTheAddress_TakesIt() =>
        Assert.Equal(2, FarmAddress.Parse("one,defaultDatabase=2", "Chat", 0, null, null).Database);

    [Fact]
    public void Parse_UserAndPasswordOfTheirOwn_OverrideThoseOfTheAddress()
    {
        var configuration = FarmAddress.Parse("one,user=a,password=b", "Chat", 0, "c", "d").BusOptions().ConfigurationOptions!;

        Assert.Equal(("c", "d"), (configuration.User, configuration.Password));
    }

    [Theory]
    [InlineData("one,password=secret,nonsense=1")]
    [InlineData("password=secret")]
    [InlineData("redis://user:secret@one:6380/2")]
    [InlineData("secret@one")]
    [InlineData("one,password=a,secret")]
    [InlineData("one:6379:secret")]
    public void Parse_AnAddressThatIsNone_SaysSoWithoutThePassword(string redis)
    {
        var exception = Assert.Throws<ToolException>(() => FarmAddress.Parse(redis, "Chat", 0, null, null));

        Assert.Contains("--redis", exception.Message);
        Assert.DoesNotContain("secret", exception.Message);
        Assert.Equal(ExitCodes.Unusable, exception.ExitCode);
    }

    [Fact]
    public void Parse_AnAppNameThatCannotBe_IsRefusedAsTheBusRefusesIt() =>
        Assert.Throws<OptionsValidationException>(() => FarmAddress.Parse("one", "a{b}", 0, null, null));
}
