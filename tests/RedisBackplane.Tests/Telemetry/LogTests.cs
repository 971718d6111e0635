namespace RedisBackplane.Tests.Telemetry;

/// <summary>The properties of the log events on which operators' filters and alarms depend.</summary>
public sealed class LogTests
{
    [Fact]
    public void Log_EventIds_AreUniqueAndInTheRangesOfTheRooms()
    {
        Assert.NotEmpty(LogEvents.All);
        Assert.Equal(LogEvents.All.Count, LogEvents.All.Select(found => found.Event.EventId).Distinct().Count());
        Assert.All(LogEvents.All, found => Assert.InRange(found.Event.EventId, 1001, 4999));
    }

    [Fact]
    public void Log_EventsOfARoom_StandInTheOrderOfTheirIds() =>
        Assert.All(
            LogEvents.All.GroupBy(found => found.Room),
            room => Assert.Equal(room.Select(found => found.Event.EventId).OrderBy(id => id), room.Select(found => found.Event.EventId)));

    [Fact]
    public void Log_EveryEvent_NamesTheBackplane() =>
        Assert.All(LogEvents.All, found => Assert.Contains("{AppName}", found.Event.Message, StringComparison.Ordinal));

    [Theory]
    [InlineData("Connected", 1002)]
    [InlineData("ConnectFailed", 1003)]
    [InlineData("ConnectionFailed", 1004)]
    [InlineData("ConnectionRestored", 1005)]
    [InlineData("SendFailed", 2001)]
    [InlineData("SendRecovered", 2002)]
    [InlineData("SendTimedOut", 2003)]
    [InlineData("DisposedWithMessages", 2004)]
    [InlineData("FrameMalformed", 3001)]
    [InlineData("GapUnfilled", 3002)]
    [InlineData("GapFilled", 3003)]
    [InlineData("HistoryUnavailable", 3004)]
    [InlineData("SettleFailed", 3005)]
    [InlineData("IdsJumped", 3006)]
    [InlineData("DeliveryFailed", 3007)]
    [InlineData("FrameForeign", 3008)]
    [InlineData("FrameUnauthenticated", 3020)]
    [InlineData("IdsWentBack", 3040)]
    public void Log_EventThatOperatorsKnow_KeepsItsId(string name, int id) =>
        Assert.Equal(id, LogEvents.All.Single(found => found.Name == name).Event.EventId);
}
