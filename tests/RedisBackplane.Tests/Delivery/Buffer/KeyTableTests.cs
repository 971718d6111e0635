namespace RedisBackplane.Tests.Delivery.Buffer;

public sealed class KeyTableTests
{
    [Fact]
    public void Table_ManyKeysInFewBuckets_FindsEachAndNoOther()
    {
        var table = new KeyTable();
        var entries = Enumerable.Range(0, 2000).Select(i => Entry($"key{i}", (uint)(i % 7))).ToList();
        entries.ForEach(table.Add);
        foreach (var entry in entries)
        {
            Assert.Same(entry, table.Find(entry.Hash, entry.Utf8));
        }

        Assert.Null(table.Find(3, TestFrames.Utf8("key0")));
        Assert.Null(table.Find(0, TestFrames.Utf8("other")));
        foreach (var entry in entries.Where((_, i) => i % 3 != 0))
        {
            table.Remove(entry);
        }

        Assert.Equal(entries.Count(entry => table.Find(entry.Hash, entry.Utf8) is not null), table.Count);
        Assert.All(entries.Where((_, i) => i % 3 == 0), entry => Assert.Same(entry, table.Find(entry.Hash, entry.Utf8)));
        Assert.All(entries.Where((_, i) => i % 3 != 0), entry => Assert.Null(table.Find(entry.Hash, entry.Utf8)));
    }

    [Fact]
    public void Remove_KeyThatIsNotThere_ChangesNothing()
    {
        var table = new KeyTable();
        table.Add(Entry("a", 1));
        table.Remove(Entry("a", 1));
        Assert.Equal(1, table.Count);
    }

    [Fact]
    public void ToList_AfterGrowing_HasEveryKeyOnce()
    {
        var table = new KeyTable();
        var entries = Enumerable.Range(0, 100).Select(i => Entry($"k{i}", (uint)i * 2654435761)).ToList();
        entries.ForEach(table.Add);
        Assert.Equal(100, table.ToList().Count);
        Assert.Equal([.. entries.Select(e => e.Key)], table.ToList().Select(e => e.Key).ToHashSet());
        table.Clear();
        Assert.Empty(table.ToList());
    }

    private static KeyEntry Entry(string key, uint hash) => new(key, TestFrames.Utf8(key), hash);
}
