using RedisBackplane.Tool.Messages;

namespace RedisBackplane.Tool.Tests.Messages;

public sealed class MessageFilterTests
{
    [Theory]
    [InlineData(null, null, true)]
    [InlineData("hg-ChatHub.lobby", null, true)]
    [InlineData("hg-*", null, true)]
    [InlineData("*.lobby", null, true)]
    [InlineData("hg-ChatHub", null, false)]
    [InlineData("HG-*", null, false)]
    [InlineData("hg-ChatHub.lobb.", null, false)]
    [InlineData(null, "0a1b", true)]
    [InlineData(null, "0A1B", true)]
    [InlineData(null, "1b", false)]
    [InlineData(null, "web-3", true)]
    [InlineData(null, "WEB-3:4711", true)]
    [InlineData(null, "web-4", false)]
    [InlineData("hg-*", "ff", false)]
    public void Wants_AMessage_WhereKeyAndServerMatch(string? key, string? server, bool expected)
    {
        var message = new SeenMessage
        {
            Id = 1,
            SentAt = DateTimeOffset.UnixEpoch,
            Server = "web-3:4711",
            Publisher = "0a1b2c3d000000000000000000000000",
            Batch = 1,
            Key = "hg-ChatHub.lobby",
            Source = "s",
            Kind = "message",
            Bytes = 0,
        };

        Assert.Equal(expected, new MessageFilter(key, server, withValues: true).Wants(message));
    }
}
