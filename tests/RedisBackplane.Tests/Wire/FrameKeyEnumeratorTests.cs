using System.Text;
using RedisBackplane.Tests.Delivery;

namespace RedisBackplane.Tests.Wire;

public sealed class FrameKeyEnumeratorTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void EnumerateKeys_AnyFrame_AgreesWithTheFullReader(int seed)
    {
        var random = new Random(seed);
        var messages = Enumerable.Range(0, 300).Select(_ => RandomMessage(random)).ToArray();
        var frame = TestFrames.Create(5, messages);

        var keys = frame.EnumerateKeys();
        var ofBytes = Frame.EnumerateKeys(frame.Buffer);
        var at = 0;
        foreach (var full in frame)
        {
            Assert.True(keys.MoveNext());
            Assert.True(ofBytes.MoveNext());
            Assert.Equal(messages[at].Key, Encoding.UTF8.GetString(keys.Key.ToArray()));
            Assert.Equal(messages[at].Key, Encoding.UTF8.GetString(ofBytes.Key.ToArray()));

            var read = Frame.ReadAt(frame.Buffer, keys.Offset, keys.SourceOffset);
            Assert.Equal(full.Key, read.Key);
            Assert.Equal(full.Value, read.Value);
            Assert.Equal(full.Flags, read.Flags);
            Assert.Equal(messages[at].Source, read.GetString(read.Source));
            Assert.Equal(full.CommandId, read.CommandId);
            Assert.Equal(full.Filter, read.Filter);
            Assert.Equal(full.Value.Offset + full.Value.Length, keys.Offset + keys.Length);
            at++;
        }

        Assert.False(keys.MoveNext());
        Assert.Equal(messages.Length, at);
    }

    private static Message RandomMessage(Random random) =>
        TestFrames.Message(
            new string('k', random.Next(1, 200)),
            new string('v', random.Next(3) == 0 ? random.Next(20_000) : random.Next(100)),
            "source" + random.Next(3),
            random.Next(3) == 0 ? "command" : null);
}
