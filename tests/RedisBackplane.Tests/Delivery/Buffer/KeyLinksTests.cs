namespace RedisBackplane.Tests.Delivery.Buffer;

public sealed class KeyLinksTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Links_AddedAndRemovedAtRandom_AreThoseOfAList(int seed)
    {
        var random = new Random(seed);
        var links = default(KeyLinks);
        var expected = new List<KeyLink>();
        for (var i = 0; i < 1000; i++)
        {
            // Often none or one.
            if (expected.Count == 0 || random.Next(expected.Count + 1) == 0)
            {
                var link = new KeyLink(null!, null!);
                links.Add(link);
                expected.Add(link);
            }
            else
            {
                var link = expected[random.Next(expected.Count)];
                links.Remove(link);
                expected.Remove(link);
            }

            var copy = links;
            Assert.Equal(expected.Count, links.Count);
            var all = Enumerable.Range(0, expected.Count).Select(place => copy[place]).ToList();
            Assert.Equal([.. expected], all.ToHashSet());
            Assert.Equal(Enumerable.Range(0, all.Count), all.Select(link => link.Index));
        }
    }
}
