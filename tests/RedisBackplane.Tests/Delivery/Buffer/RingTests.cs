namespace RedisBackplane.Tests.Delivery.Buffer;

public sealed class RingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Ring_RandomOperations_BehavesAsAList(int seed)
    {
        var random = new Random(seed);
        var ring = new Ring<int>();
        var list = new List<int>();
        for (var i = 0; i < 20_000; i++)
        {
            // The probabilities change, so that it grows and shrinks through all sizes.
            var grow = (i / 2000) % 2 == 0 ? 7 : 3;
            if (list.Count == 0 || random.Next(10) < grow)
            {
                if (random.Next(4) == 0)
                {
                    ring.AddFirst() = i;
                    list.Insert(0, i);
                }
                else
                {
                    ring.AddLast() = i;
                    list.Add(i);
                }
            }
            else
            {
                var count = random.Next(1, Math.Min(4, list.Count + 1));
                ring.RemoveFirst(count);
                list.RemoveRange(0, count);
            }

            Assert.Equal(list.Count, ring.Count);
            if (list.Count > 0)
            {
                var at = random.Next(list.Count);
                Assert.Equal(list[at], ring[at]);
            }
        }

        Assert.Equal(list, Enumerable.Range(0, ring.Count).Select(i => ring[i]));
    }

    [Fact]
    public void Ring_Emptied_GivesItsMemoryBack()
    {
        var ring = new Ring<int>();
        for (var i = 0; i < 10_000; i++)
        {
            ring.AddLast() = i;
        }

        Assert.True(ring.Capacity >= 10_000);
        ring.RemoveFirst(9_990);
        Assert.True(ring.Capacity <= 64, $"still room for {ring.Capacity}");
        Assert.Equal(9_990, ring[0]);
        ring.RemoveFirst(10);
        ring.AddFirst() = 7;
        Assert.Equal(7, ring[0]);
    }
}
