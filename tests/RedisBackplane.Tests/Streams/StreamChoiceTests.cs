namespace RedisBackplane.Tests.Streams;

public sealed class StreamChoiceTests
{
    // The values must never change: servers of two versions, on both frameworks, must choose the same stream for a
    // sender that moves.
    [Theory]
    [InlineData("", 4, 2)]
    [InlineData("source", 4, 3)]
    [InlineData("d7b0dbb6-1f5c-4a3a-9a3e-0b5f1f2d8c11", 4, 3)]
    [InlineData("d7b0dbb6-1f5c-4a3a-9a3e-0b5f1f2d8c12", 4, 2)]
    [InlineData("d7b0dbb6-1f5c-4a3a-9a3e-0b5f1f2d8c11", 64, 56)]
    [InlineData("отправитель", 4, 2)]
    public void Of_Source_IsTheSameEverywhere(string source, int streams, int expected) =>
        Assert.Equal(expected, StreamChoice.Of(source, streams));

    [Theory]
    [InlineData("source")]
    [InlineData("")]
    [InlineData(null)]
    public void Of_OneStream_IsTheFirst(string? source) => Assert.Equal(0, StreamChoice.Of(source, 1));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(64)]
    public void Of_ManyConnections_SpreadsThemEvenly(int streams)
    {
        const int perStream = 1000;
        var random = new Random(7);
        var bytes = new byte[16];
        var counts = new int[streams];
        for (var i = 0; i < streams * perStream; i++)
        {
            random.NextBytes(bytes);
            counts[StreamChoice.Of(new Guid(bytes).ToString(), streams)]++;
        }

        Assert.All(counts, count => Assert.InRange(count, perStream * 8 / 10, perStream * 12 / 10));
    }

    [Fact]
    public void Of_NumberedSources_SpreadsThemTooThoughTheyHardlyDiffer()
    {
        var counts = new int[4];
        for (var i = 0; i < 400; i++)
        {
            counts[StreamChoice.Of("connection-" + i.ToString("000", System.Globalization.CultureInfo.InvariantCulture), 4)]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 60, 140));
    }
}
