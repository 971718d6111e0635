using System.Text;
using RedisBackplane.Tool.Messages;

namespace RedisBackplane.Tool.Tests.Messages;

public sealed class SeenMessageTests
{
    [Fact]
    public void Of_AFrameOfTheOlderPackage_GivesEveryMessageTheOneIdItHas()
    {
        using var payload = new MemoryStream();
        using var writer = new BinaryWriter(payload, Encoding.UTF8);
        writer.Write("41 "u8);
        var length = (int)payload.Position;
        writer.Write(0);
        writer.Write(2);
        foreach (var key in (string[])["h-ChatHub", "hg-ChatHub.lobby"])
        {
            writer.Write("source");
            writer.Write(key);
            writer.Write(1);
            writer.Write((byte)'x');
            writer.Write(string.Empty);
            writer.Write((short)0);
            writer.Write(string.Empty);
        }

        writer.Write(DateTime.UnixEpoch.Ticks);
        payload.Position = length;
        writer.Write((int)payload.Length - length - sizeof(int));
        Assert.True(StreamFormats.CreateAssembly().TryComplete(payload.ToArray(), out var frame, out var reason), reason);

        var messages = SeenMessage.Of(frame, stream: 0, server: null, withValues: true).ToList();

        Assert.Equal([(41ul, "h-ChatHub"), (41ul, "hg-ChatHub.lobby")], messages.Select(message => (message.Id, message.Key)));
    }
}
