using global::Chat;
using global::Chat.Backplane;
using global::Chat.Presence;
using global::Chat.Redis;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace RedisBackplane.BrowserTests.Chat;

/// <summary>The hub by itself, with groups whose answers the test holds back.</summary>
public sealed class ChatHubTests : IDisposable
{
    private const string Ada = "ada";

    private readonly LocalPeople _people = new();
    private readonly HeldGroups _groups = new();
    private readonly DefaultDependencyResolver _resolver = new();
    private readonly ChosenRedis _redis = new(RedisSource.Found, new ConfigurationOptions());
    private readonly ChatHub _hub;

    public ChatHubTests()
    {
        var (server, farm, time) = (new ServerIdentity(5001), new FarmDirectory(TimeProvider.System), TimeProvider.System);
        var channel = new ServerChannel(_resolver, NullLogger<ServerChannel>.Instance);
        var presence = new PresenceService(
            server, _people, farm, channel, _resolver.Resolve<IConnectionManager>(), time, NullLogger<PresenceService>.Instance);
        _hub = new ChatHub(
            server, _people, farm, presence, new FarmInfo("here", "Chat"), new StoreTime(time), new EmbeddedRedisSwitch(_redis),
            new ConnectionTurns(), time)
        {
            Context = new HubCallerContext(null, Ada),
            Groups = _groups,
        };
        _people.Join(Ada, "Ada", []);
    }

    public void Dispose()
    {
        _hub.Dispose();
        _redis.Dispose();
        _resolver.Dispose();
    }

    [Fact]
    public async Task LeaveRoom_WhileTheRoomIsStillEntered_EndsOutsideOfListAndGroup()
    {
        var enters = _hub.EnterRoom("Tea");
        var leaves = _hub.LeaveRoom("Tea");
        _groups.Answer.SetResult();
        await Task.WhenAll(enters, leaves).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(["+room:Tea", "-room:Tea"], _groups.Calls);
        Assert.Equal([], _people.Find(Ada)!.Rooms);
    }

    [Fact]
    public async Task EnterRoom_ManyAtOnce_StopsAtTheLimit()
    {
        var enters = Enumerable.Range(1, 25).Select(number => _hub.EnterRoom($"Room {number}")).ToList();
        _groups.Answer.SetResult();

        await Assert.ThrowsAsync<HubException>(() => Task.WhenAll(enters));
        Assert.Equal(20, _people.Find(Ada)!.Rooms.Count);
        Assert.Equal(20, _groups.Calls.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    [InlineData("a name of more than thirty letters")]
    public async Task AnyRoom_WithANameThatIsNone_IsRefusedAndReachesNoGroup(string room)
    {
        await Assert.ThrowsAsync<HubException>(() => _hub.EnterRoom(room));
        await Assert.ThrowsAsync<HubException>(() => _hub.LeaveRoom(room));
        await Assert.ThrowsAsync<HubException>(() => _hub.Join("Ada", [room]));
        Assert.Empty(_groups.Calls);
    }

    private sealed class HeldGroups : IGroupManager
    {
        public TaskCompletionSource Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Calls { get; } = [];

        public Task Add(string connectionId, string groupName) => HoldAsync("+" + groupName);

        public Task Remove(string connectionId, string groupName) => HoldAsync("-" + groupName);

        private Task HoldAsync(string call)
        {
            Calls.Add(call);
            return Answer.Task;
        }
    }
}
