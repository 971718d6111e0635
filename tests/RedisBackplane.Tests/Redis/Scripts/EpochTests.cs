using RedisBackplane.Redis.Scripts;

namespace RedisBackplane.Tests.Redis.Scripts;

public sealed class EpochTests
{
    [Theory]
    [InlineData("run:120:1767225600000000", 120ul)]
    [InlineData("run:0:1767225600000000", 0ul)]
    [InlineData("run:1767225600000000", null)]
    [InlineData("run:x:1767225600000000", null)]
    [InlineData("", null)]
    public void EndedBefore_Name_IsTheIdInTheMiddle(string name, ulong? expected) =>
        Assert.Equal(expected, new Epoch(name, true).EndedBefore);
}
