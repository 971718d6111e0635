using global::Chat.Presence;
using Microsoft.Extensions.Time.Testing;

namespace RedisBackplane.BrowserTests.Chat.Presence;

public sealed class FarmDirectoryTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly FarmDirectory _farm;

    public FarmDirectoryTests() => _farm = new FarmDirectory(_time);

    [Fact]
    public void Update_ByTwoServers_ListsThemByPort()
    {
        Assert.True(_farm.Update(Roster("b", 1, 5002, "Grace")));
        Assert.True(_farm.Update(Roster("a", 1, 5001, "Ada")));
        Assert.Equal(["a", "b"], _farm.Snapshot().Select(server => server.Instance));
        Assert.Equal("Grace", _farm.Find("Grace-id")?.Name);
        Assert.Null(_farm.Find("Alan-id"));
    }

    [Fact]
    public void Update_WithNothingNew_SaysSo()
    {
        _farm.Update(Roster("a", 1, 5001, "Ada"));
        Assert.False(_farm.Update(Roster("a", 2, 5001, "Ada")));
        Assert.True(_farm.Update(Roster("a", 3, 5001, "Ada", "Alan")));
    }

    [Fact]
    public void Update_ThatWasOvertaken_IsIgnored()
    {
        _farm.Update(Roster("a", 2, 5001, "Ada"));
        Assert.False(_farm.Update(Roster("a", 1, 5001)));
        Assert.NotNull(_farm.Find("Ada-id"));
    }

    [Fact]
    public void Update_ByARestartedServer_ReplacesTheOneBefore()
    {
        _farm.Update(Roster("before", 9, 5001, "Ada"));
        Assert.True(_farm.Update(Roster("after", 1, 5001)));
        Assert.Equal("after", Assert.Single(_farm.Snapshot()).Instance);
    }

    [Fact]
    public void Update_ByTheSamePortOnAnotherMachine_ReplacesNobody()
    {
        _farm.Update(Roster("one", 1, 5001));
        _farm.Update(Roster("other", 1, 5001) with { Host = "elsewhere" });
        Assert.Equal(2, _farm.Snapshot().Count);
    }

    [Fact]
    public void Remove_OfAServer_TakesItsPeopleAlong()
    {
        _farm.Update(Roster("a", 1, 5001, "Ada"));
        Assert.True(_farm.Remove("a"));
        Assert.False(_farm.Remove("a"));
        Assert.Null(_farm.Find("Ada-id"));
    }

    [Fact]
    public void Expire_AfterSilence_ForgetsTheSilentOnly()
    {
        _farm.Update(Roster("silent", 1, 5001));
        _farm.Update(Roster("alive", 1, 5002));
        _time.Advance(FarmDirectory.Lifetime);
        _farm.Update(Roster("alive", 2, 5002));
        Assert.False(_farm.Expire());
        _time.Advance(Moment);
        Assert.True(_farm.Expire());
        Assert.Equal("alive", Assert.Single(_farm.Snapshot()).Instance);
        Assert.False(_farm.Expire());
    }

    private static ServerRoster Roster(string instance, long version, int port, params string[] people) =>
        new(instance, version, $"{port}", "here", port, [.. people.Select(name => new Person(name + "-id", name, []))]);
}
