namespace RedisBackplane.Tests.Redis.Scripts;

public sealed class EpochTests
{
    [Theory]
    [InlineData("run:120:7:1767225600000000", 120ul)]
    [InlineData("run:0:0:1767225600000000", 0ul)]
    [InlineData("run:1767225600000000", null)]
    [InlineData("run:x:7:1767225600000000", null)]
    [InlineData("", null)]
    public void EndedBefore_Name_IsTheIdAfterTheRun(string name, ulong? expected) =>
        Assert.Equal(expected, new Epoch(name, true).EndedBefore);

    [Theory]
    [InlineData("run:120:7:1767225600000000", true)]
    [InlineData("", true)]
    [InlineData(null, true)]
    [InlineData("run:0:0:0\nredis.call('FLUSHALL')", false)]
    [InlineData("run 1", false)]
    public void IsName_Text_HasOnlyLettersDigitsAndColons(string? text, bool expected) => Assert.Equal(expected, Epoch.IsName(text));

    [Theory]
    [InlineData("two:120:7:9", "one:100:3:7", true)]
    [InlineData("two:120:7:9", "one:7", true)]
    [InlineData("two:120:8:9", "one:100:3:7", false)]
    [InlineData("two:120:0:9", "", false)]
    [InlineData("two:9", "one:7", false)]
    public void Follows_Name_ContainsTheBeginningOfTheEpochBefore(string name, string other, bool expected) =>
        Assert.Equal(expected, new Epoch(name, true).Follows(new Epoch(other, true)));
}
