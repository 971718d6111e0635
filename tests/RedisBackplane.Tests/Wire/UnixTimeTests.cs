namespace RedisBackplane.Tests.Wire;

public sealed class UnixTimeTests
{
    [Fact]
    public void Microseconds_Epoch_IsZero() =>
        Assert.Equal(0, UnixTime.Microseconds(new DateTimeOffset(1970, 1, 1, 0, 0, 0, TimeSpan.Zero)));

    [Fact]
    public void Microseconds_TimeWithAnOffset_CountsFromTheEpochInUtc()
    {
        var time = new DateTimeOffset(2023, 11, 14, 23, 13, 20, TimeSpan.FromHours(1)).AddTicks(1_234_560);

        Assert.Equal(1_700_000_000_123_456, UnixTime.Microseconds(time));
    }
}
