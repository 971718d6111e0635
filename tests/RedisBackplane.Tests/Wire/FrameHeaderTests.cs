namespace RedisBackplane.Tests.Wire;

public sealed class FrameHeaderTests
{
    [Theory]
    [InlineData(1ul, 1, 1ul)]
    [InlineData(10ul, 5, 14ul)]
    [InlineData(ulong.MaxValue - 2, 2, ulong.MaxValue - 1)]
    public void LastId_FirstIdAndCount_IsTheIdOfTheLastMessage(ulong first, int count, ulong expected) =>
        Assert.Equal(expected, Frames.Header(0, first, count).LastId);
}
