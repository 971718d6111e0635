namespace RedisBackplane.Tests.Delivery.Buffer;

public sealed class SendTimesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void LastIdBefore_ClocksThatDiffer_IsWhatAWalkFromTheNewestFinds(int seed)
    {
        var random = new Random(seed);
        var times = new SendTimes();
        var frames = new List<(long SentAt, ulong LastId)>();
        ulong lastId = 0;
        for (var i = 0; i < 2000; i++)
        {
            lastId += (ulong)random.Next(1, 20);
            var sentAt = (i * 10L) + random.Next(-200, 200);
            frames.Add((sentAt, lastId));
            times.Append(sentAt, lastId);
            if (random.Next(3) == 0 && frames.Count > 1)
            {
                times.DropThrough(frames[0].LastId);
                frames.RemoveAt(0);
            }

            var asked = (i * 10L) + random.Next(-1000, 300);
            var expected = frames.FindLastIndex(frame => frame.SentAt < asked);
            Assert.Equal(expected < 0 ? null : frames[expected].LastId, times.LastIdBefore(asked));
        }
    }

    [Fact]
    public void LastIdBefore_NoFrames_IsNone()
    {
        var times = new SendTimes();
        Assert.Null(times.LastIdBefore(long.MaxValue));

        times.Append(5, 1);
        times.DropThrough(1);

        Assert.Null(times.LastIdBefore(long.MaxValue));
    }
}
