using RedisBackplane.Tool.Messages;

namespace RedisBackplane.Tool.Tests.Messages;

public sealed class SignalKeyTests
{
    [Theory]
    [InlineData("h-ChatHub", "hub ChatHub")]
    [InlineData("hg-ChatHub.lobby", "group ChatHub.lobby")]
    [InlineData("hu-ChatHub.ann", "user ChatHub.ann")]
    [InlineData("hc-ChatHub.17", "connection ChatHub.17")]
    [InlineData("pc-Echo", "connection class Echo")]
    [InlineData("pcg-Echo.lobby", "group of a connection class Echo.lobby")]
    [InlineData("ack-5", "acknowledgement 5")]
    [InlineData("__SIGNALR__SERVER__", "every server")]
    [InlineData("anything", "anything")]
    public void Describe_AKey_SaysWhatItAddresses(string key, string expected) => Assert.Equal(expected, SignalKey.Describe(key));
}
