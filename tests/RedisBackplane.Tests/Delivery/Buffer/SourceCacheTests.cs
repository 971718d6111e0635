namespace RedisBackplane.Tests.Delivery.Buffer;

public sealed class SourceCacheTests
{
    [Fact]
    public void Get_AnySources_GivesEachItsOwnText()
    {
        var cache = new SourceCache();
        var random = new Random(1);
        var sources = Enumerable.Range(0, 20_000)
            .Select(i => i % 5 == 0 ? new string('\u00e4', random.Next(40)) + i : $"{i:x8}-5eed-10ad-0102-030405060708")
            .Append(string.Empty)
            .Append(new string('s', 1000))
            .ToList();
        for (var round = 0; round < 2; round++)
        {
            foreach (var source in sources)
            {
                Assert.Equal(source, Get(cache, source));
            }
        }
    }

    [Fact]
    public void Get_SameSourceAgain_GivesTheSameString()
    {
        var cache = new SourceCache();
        var first = Get(cache, "6f9619ff-8b86-d011-b42d-00cf4fc964ff");
        Assert.Same(first, Get(cache, "6f9619ff-8b86-d011-b42d-00cf4fc964ff"));
        Assert.NotSame(Get(cache, new string('s', 1000)), Get(cache, new string('s', 1000)));
    }

    [Fact]
    public void Get_SourcesThatDifferInFewBytes_AreNearlyAllRemembered()
    {
        var cache = new SourceCache();
        var sources = Enumerable.Range(0, 4000).Select(i => $"{i:x8}-5eed-10ad-0102-030405060708").ToList();
        var first = sources.Select(source => Get(cache, source)).ToList();
        var second = sources.Select(source => Get(cache, source)).ToList();
        Assert.InRange(first.Zip(second, ReferenceEquals).Count(same => same), 2500, 4000);
    }

    private static string Get(SourceCache cache, string source)
    {
        var bytes = TestFrames.Utf8("x" + source);
        return cache.Get(bytes.AsSpan(1), bytes, 1);
    }
}
