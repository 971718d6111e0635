using Microsoft.Extensions.Time.Testing;
using RedisBackplane.Tool.Farms;
using RedisBackplane.Wire;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Tests.Farms;

public sealed class ServerNamesTests
{
    private static readonly PublisherId Web = new(0xA1, 7);
    private static readonly PublisherId Other = new(0xB2, 8);

    private readonly FakeTimeProvider _time = new();
    private string? _farm;
    private int _reads;

    [Fact]
    public async Task FindAsync_ServersThatTold_GivesTheirNamesForEachOfTheirStreams()
    {
        _farm = "web-3:4711/00000000000000a1 1 1 1/1 99\n- 2 0 - 99\nnonsense 1 1 1/1 99\n/00000000000000b2 1 1 1/1 99\n";
        var names = Create();

        Assert.Equal("web-3:4711", await names.FindAsync(Web));
        Assert.Equal("web-3:4711", await names.FindAsync(Web with { Low = 9 }));
        Assert.Null(await names.FindAsync(Other));
        Assert.Equal(1, _reads);
    }

    [Fact]
    public async Task FindAsync_ServerThatComesLater_IsFoundAfterAWhile()
    {
        var names = Create();
        Assert.Null(await names.FindAsync(Web));
        _farm = "web-3:4711/00000000000000a1 1 1 1/1 99\n";
        Assert.Null(await names.FindAsync(Web));

        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("web-3:4711", await names.FindAsync(Web));
    }

    [Fact]
    public async Task FindAsync_ServerThatIsGone_KeepsItsName()
    {
        _farm = "web-3:4711/00000000000000a1 1 1 1/1 99\n";
        var names = Create();
        await names.FindAsync(Web);
        _farm = null;
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await names.FindAsync(Other));

        Assert.Equal("web-3:4711", await names.FindAsync(Web));
    }

    public static TheoryData<Exception> Failures { get; } =
    [
        new RedisConnectionException(ConnectionFailureType.SocketClosed, "gone"),
        new RedisServerException("NOPERM"),
        new RedisTimeoutException("no answer", CommandStatus.Sent),
    ];

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public async Task FindAsync_RedisDoesNotTell_FindsNothing(Exception failure)
    {
        var names = new ServerNames(() => Task.FromException<string?>(failure), _time);

        Assert.Null(await names.FindAsync(Web));
    }

    private ServerNames Create() => new(
        () =>
        {
            _reads++;
            return Task.FromResult(_farm);
        },
        _time);
}
