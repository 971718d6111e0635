namespace RedisBackplane.Tests.Publishing;

public sealed class CrowdedOutTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void TakeAfter_AnyNumber_CountsExactlyTheMessagesOfLaterBatches(int seed)
    {
        var random = new Random(seed);
        var batches = new List<(ulong Number, int Messages)>();
        for (ulong number = 10; batches.Count < 300; number += random.Next(20) == 0 ? 2ul : 1ul)
        {
            batches.Add((number, random.Next(4) switch { 0 => 127, 1 => 128, 2 => random.Next(1, 30_000), _ => 1 }));
        }

        for (ulong known = 0; known < 330; known += 3)
        {
            var crowdedOut = new CrowdedOut();
            batches.ForEach(batch => crowdedOut.Add(batch.Number, batch.Messages, openedAt: 1));

            Assert.Equal(batches.Where(batch => batch.Number > known).Sum(batch => batch.Messages), crowdedOut.TakeAfter(known));
            Assert.Equal(0, crowdedOut.TakeAfter(known));
        }
    }

    [Fact]
    public void DropOpenedUntil_ATime_ForgetsWhatIsOlder()
    {
        var crowdedOut = new CrowdedOut();
        crowdedOut.Add(1, 1000, openedAt: 5);
        crowdedOut.Add(2, 7, openedAt: 6);

        crowdedOut.DropOpenedUntil(5);

        Assert.Equal(7, crowdedOut.TakeAfter(0));
    }
}
