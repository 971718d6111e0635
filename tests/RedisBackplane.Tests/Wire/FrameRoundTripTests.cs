namespace RedisBackplane.Tests.Wire;

public sealed class FrameRoundTripTests
{
    private static readonly int[] Lengths = [0, 1, 2, 31, 42, 43, 63, 64, 126, 127, 128, 129, 5461, 5462, 16382, 16383, 16384, 16385];
    private static readonly string[] Letters = ["a", "é", "ж", "漢", "😀", "\u0000", " ", "\uD83D", "\uDE00", "a\uDBFFé"];

    [Fact]
    public void Frame_AnyMessages_AreReadAsTheyWereWritten()
    {
        for (var seed = 1; seed <= 150; seed++)
        {
            var random = new Random(seed);
            var messages = Enumerable.Range(0, random.Next(1, 30)).Select(_ => AnyMessage(random)).ToList();
            var previous = (ulong)random.Next();
            var first = previous + (ulong)random.Next(1, 1000);
            var publisher = new PublisherId((ulong)random.Next(), ulong.MaxValue - (ulong)random.Next());
            var writer = Frames.Write(messages);
            writer.Complete(publisher, (ulong)seed, -seed);
            var read = Frame.TryRead(writer.ToFrame(previous, first), out var frame, out var reason);
            writer.Recycle();

            Assert.True(read, $"seed {seed}: {reason}");
            var header = frame.Header;
            Assert.True((previous, first, messages.Count) == (header.PreviousId, header.FirstId, header.Count), $"seed {seed}");
            Assert.True(
                (publisher, (ulong)seed, (long)-seed) == (header.Publisher, header.BatchNumber, header.SentAtMicroseconds),
                $"seed {seed}");
            Assert.True(
                messages.Select(Messages.Describe).SequenceEqual(Frames.MessagesOf(frame).Select(Messages.Describe)), $"seed {seed}");
        }
    }

    private static Message AnyMessage(Random random)
    {
        var value = new byte[AnyLength(random)];
        random.NextBytes(value);
        return new Message
        {
            Key = AnyString(random),
            Source = random.Next(2) == 0 ? "the same" : AnyString(random),
            Value = new ArraySegment<byte>(value, value.Length / 3, value.Length - (value.Length / 3)),
            CommandId = random.Next(4) == 0 ? AnyString(random) : null,
            Filter = random.Next(4) == 0 ? AnyString(random) : null,
            WaitForAck = random.Next(4) == 0,
            IsAck = random.Next(4) == 0,
        };
    }

    private static string AnyString(Random random)
    {
        var letter = Letters[random.Next(Letters.Length)];
        return string.Concat(Enumerable.Repeat(letter, AnyLength(random)));
    }

    // Long ones seldom: they take the time and find no more.
    private static int AnyLength(Random random) => Lengths[random.Next(random.Next(8) == 0 ? Lengths.Length : 10)];
}
