namespace RedisBackplane.Tests.Delivery.Subscriptions;

public sealed class FollowedKeysTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(20)]
    public void Keys_AddedAndRemovedAtRandom_AreThoseOfADictionary(int most)
    {
        var random = new Random(most);
        var keys = new FollowedKeys(["key0", "key1", "key0"]);
        keys.AddStream(keys.ToArray(), [Link(), Link()]);
        var expected = new HashSet<string> { "key0", "key1" };
        for (var i = 0; i < 2000; i++)
        {
            var key = $"key{random.Next(most)}";
            Assert.Equal(expected.Contains(key), keys.Contains(key));
            Assert.False(keys.Contains(key.ToUpperInvariant()));
            if (expected.Remove(key))
            {
                Assert.NotNull(keys.Remove(key));
            }
            else
            {
                Assert.Null(keys.Remove(key));
                expected.Add(key);
                keys.Add(key, [Link()]);
            }

            Assert.Equal(expected, keys.ToArray().ToHashSet());
        }

        Assert.Equal(expected.Count, keys.Clear().Length);
        Assert.Empty(keys.ToArray());
    }

    [Fact]
    public void Links_OfSeveralStreams_FollowEachOtherInTheirOrder()
    {
        var keys = new FollowedKeys(["a", "b"]);
        KeyLink[] links = [Link(), Link(), Link(), Link()];
        keys.AddStream(["a", "b"], [links[0], links[1]]);
        keys.AddStream(["a", "b"], [links[2], links[3]]);

        Assert.Same(links[2], links[0].NextStream);
        Assert.Same(links[1], keys.Remove("b"));
        Assert.Same(links[3], links[1].NextStream);
        Assert.Equal([links[0]], keys.Clear());
    }

    private static KeyLink Link() => new(null!, null!);
}
