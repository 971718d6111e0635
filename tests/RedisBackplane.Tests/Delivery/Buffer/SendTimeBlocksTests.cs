namespace RedisBackplane.Tests.Delivery.Buffer;

public sealed class SendTimeBlocksTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Next_ClocksThatDiffer_FindsInFewStepsWhatAWalkFinds(int seed)
    {
        const int frames = 50_000;
        var random = new Random(seed);
        var blocks = new SendTimeBlocks();
        var sent = Enumerable.Range(0, frames).Select(i => (i * 10L) + random.Next(-20_000, 20_000)).ToList();
        for (var i = 0; i < frames; i++)
        {
            blocks.Append(i, sent[i]);
        }

        var first = random.Next(frames / 2);
        blocks.DropBefore(first);
        for (var i = 0; i < 500; i++)
        {
            var begin = random.Next(first, frames);
            var time = random.Next(-20_000, (frames * 10) + 20_000);
            var expected = sent.FindIndex(begin, sentAt => sentAt >= time);

            long found = begin;
            var steps = 0;
            for (; found < frames && sent[(int)found] < time; steps++)
            {
                found = blocks.Next(found, time);
            }

            Assert.Equal(expected < 0 ? frames : expected, Math.Min(found, frames));
            Assert.InRange(steps, 0, (2 * SendTimeBlocks.Size) + (frames / SendTimeBlocks.Size));
        }
    }

    [Fact]
    public void Append_AfterFramesThatWereDropped_BeginsAnew()
    {
        var blocks = new SendTimeBlocks();
        blocks.Append(0, 5);

        blocks.Append(10 * SendTimeBlocks.Size, 7);

        Assert.Equal((10 * SendTimeBlocks.Size) + 1, blocks.Next(10 * SendTimeBlocks.Size, 7));
        Assert.Equal(11 * SendTimeBlocks.Size, blocks.Next(10 * SendTimeBlocks.Size, 8));
    }
}
