using System.Reflection;
using Microsoft.Extensions.Logging;
using RedisBackplane.Diagnostics;

namespace RedisBackplane.Tests.Diagnostics;

/// <summary>What operators' filters and alarms rest on.</summary>
public sealed class LogTests
{
    private static readonly List<(string Name, LoggerMessageAttribute Event)> Events = [.. typeof(Log)
        .GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
        .Select(method => (method.Name, Event: method.GetCustomAttribute<LoggerMessageAttribute>()!))
        .Where(pair => pair.Event is not null)];

    [Fact]
    public void Log_EventIds_AreUniqueAndInTheRangesOfTheRooms()
    {
        Assert.NotEmpty(Events);
        Assert.Equal(Events.Count, Events.Select(pair => pair.Event.EventId).Distinct().Count());
        Assert.All(Events, pair => Assert.InRange(pair.Event.EventId, 1001, 4999));
    }

    [Fact]
    public void Log_EveryEvent_NamesTheBackplane() =>
        Assert.All(Events, pair => Assert.Contains("{AppName}", pair.Event.Message, StringComparison.Ordinal));

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
        Assert.Equal(id, Events.Single(pair => pair.Name == name).Event.EventId);
}
