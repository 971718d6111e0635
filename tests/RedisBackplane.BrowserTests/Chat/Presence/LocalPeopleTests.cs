using global::Chat.Presence;

namespace RedisBackplane.BrowserTests.Chat.Presence;

public sealed class LocalPeopleTests
{
    private readonly LocalPeople _people = new();

    [Fact]
    public void Join_Again_RenamesAndKeepsRooms()
    {
        _people.Join("1", "Ada", ["Tea"]);
        _people.Join("1", "Countess", ["Maths"]);
        var ada = Assert.Single(_people.All());
        Assert.Equal("Countess", ada.Name);
        Assert.Equal(["Maths", "Tea"], ada.Rooms);
    }

    [Fact]
    public void EnterAndLeave_ChangeTheRooms()
    {
        _people.Join("1", "Ada", []);
        _people.Enter("1", "Tea");
        _people.Enter("1", "Tea");
        Assert.Equal(["Tea"], _people.Find("1")?.Rooms);
        _people.Leave("1", "Tea");
        Assert.Equal([], _people.Find("1")?.Rooms);
        Assert.Null(_people.Enter("2", "Tea"));
    }

    [Fact]
    public void Remove_OfSomebody_HappensOnce()
    {
        _people.Join("1", "Ada", []);
        Assert.True(_people.Remove("1"));
        Assert.False(_people.Remove("1"));
        Assert.Empty(_people.All());
    }
}
