namespace RedisBackplane.Tests.Wire;

public sealed class ServerIdentityTests
{
    [Theory]
    [InlineData("web-3", "web-3:4711")]
    [InlineData("web_3.example", "web_3.example:4711")]
    [InlineData("a b\n/:é", "a-b----:4711")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890", "012345678901234567890123456789012345678901234567:4711")]
    public void NameOf_AMachine_HoldsNothingThatBreaksALine(string machine, string expected) =>
        Assert.Equal(expected, ServerIdentity.NameOf(machine, 4711));

    [Fact]
    public void Create_Twice_IsTwoServersOfOneName()
    {
        var (first, second) = (ServerIdentity.Create(), ServerIdentity.Create());

        Assert.Equal(first.Name, second.Name);
        Assert.NotEqual(first.Number, second.Number);
    }

    [Fact]
    public void ToString_OfAServer_EndsWithTheBeginningOfItsPublisherIds()
    {
        var server = new ServerIdentity("web-3:4711", 0xA1);
        var (one, other) = (PublisherId.Of(server), PublisherId.Of(server));

        Assert.Equal("web-3:4711/00000000000000a1", server.ToString());
        Assert.NotEqual(one, other);
        Assert.All([one, other], id => Assert.StartsWith("00000000000000a1", id.ToString(), StringComparison.Ordinal));
    }
}
