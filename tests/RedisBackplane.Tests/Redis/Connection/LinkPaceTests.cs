namespace RedisBackplane.Tests.Redis.Connection;

public sealed class LinkPaceTests
{
    private const int MostPage = 1024 * 1024;

    private readonly TrackedTime _time = new();
    private readonly LinkPace _pace;

    public LinkPaceTests() => _pace = new LinkPace(_time, MostPage);

    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(1024)]
    public void PageBytes_LinkOfAFixedRate_AreWhatItBringsInAMoment(int kilobytesPerSecond)
    {
        for (var page = 0; page < 40; page++)
        {
            Read(_pace.PageBytes, kilobytesPerSecond * 1024);
        }

        Assert.InRange(_pace.PageBytes, kilobytesPerSecond * 1024 / 5, kilobytesPerSecond * 1024 / 2);
    }

    [Fact]
    public void PageBytes_AtFirst_AreFew() => Assert.InRange(_pace.PageBytes, 1, 64 * 1024);

    [Theory]
    [InlineData(4, 0)]
    [InlineData(20, 150)]
    public void PageBytes_FastLink_GrowToTheMostInAFewPagesEvenIfTheServerIsFar(int pages, int roundTripMilliseconds)
    {
        for (var page = 0; page < pages; page++)
        {
            Read(_pace.PageBytes, 100 * 1024 * 1024, TimeSpan.FromMilliseconds(roundTripMilliseconds));
        }

        Assert.Equal(MostPage, _pace.PageBytes);
    }

    [Fact]
    public void PageBytes_OthersReadToo_AreShared()
    {
        Read(_pace.PageBytes, 1024 * 1024);
        var alone = _pace.PageBytes;

        _pace.Begin(1000, isPage: true);
        _pace.Begin(1000, isPage: true);
        _pace.Begin(1000, isPage: true);

        Assert.InRange(_pace.PageBytes, (alone / 4) - 1, alone / 4);
    }

    [Fact]
    public void Expected_BytesUnderWay_IsWhatTheLinkNeedsForThem()
    {
        Read(1024 * 1024, 1024 * 1024);

        _pace.Begin(6 * 1024 * 1024);
        Assert.InRange(_pace.Expected(isTraced: false), TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(15));
        _pace.End(6 * 1024 * 1024, carried: null);

        Assert.Equal(TimeSpan.Zero, _pace.Expected(isTraced: false));
    }

    [Fact]
    public void Expected_FastLink_IsNextToNothing()
    {
        Read(1024 * 1024, 100 * 1024 * 1024);

        _pace.Begin(1024 * 1024);

        Assert.InRange(_pace.Expected(isTraced: false), TimeSpan.Zero, TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void Expected_RedisWaitsForAReplica_IsAsLongAsItMayWait()
    {
        _pace.BeginWait(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(1), _pace.Expected(isTraced: false));
        _pace.EndWait();

        Assert.Equal(TimeSpan.Zero, _pace.Expected(isTraced: false));
    }

    [Fact]
    public void Expected_TakenForDeadAgainAndAgain_Grows()
    {
        Read(1024 * 1024, 100 * 1024 * 1024);
        _pace.Begin(6 * 1024 * 1024);

        _pace.Doubt();
        _pace.Doubt();
        _pace.Doubt();

        Assert.True(_pace.Expected(isTraced: false) > TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Expected_BytesAreTraced_IsShortBeforeAnythingWasMeasured()
    {
        _pace.Begin(5 * 1024 * 1024);

        Assert.InRange(_pace.Expected(isTraced: true), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void Expected_BytesAreTracedAndCallsAreSlow_IsNotLonger()
    {
        // For example, calls that wait for a distant server.
        Read(16 * 1024, 1024 * 1024, roundTrip: TimeSpan.FromSeconds(1));
        _pace.Begin(5 * 1024 * 1024);

        Assert.InRange(_pace.Expected(isTraced: true), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void Expected_BytesAreTracedAndPagesAreRead_IsNothing()
    {
        _pace.Begin(MostPage, isPage: true);

        Assert.Equal(TimeSpan.Zero, _pace.Expected(isTraced: true));
    }

    [Fact]
    public void Expected_BytesAreTracedAndTakenForDead_GrowsUntilALinkIsFast()
    {
        _pace.Begin(5 * 1024 * 1024);
        var first = _pace.Expected(isTraced: true);

        _pace.Doubt();
        Assert.InRange(_pace.Expected(isTraced: true), TimeSpan.FromTicks(first.Ticks * 3), TimeSpan.FromTicks(first.Ticks * 5));
        _pace.End(5 * 1024 * 1024, carried: null);
        Read(1024 * 1024, 100 * 1024 * 1024);

        _pace.Begin(5 * 1024 * 1024);
        Assert.True(_pace.Expected(isTraced: true) < first);
    }

    [Fact]
    public void Doubt_NothingIsInFlight_SaysNothingOfTheLink()
    {
        for (var outage = 0; outage < 5; outage++)
        {
            _pace.Doubt();
        }

        _pace.Begin(5 * 1024 * 1024);
        Assert.InRange(_pace.Expected(isTraced: true), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void Doubt_OnlyPagesAreRead_SaysNothingOfUploads()
    {
        _pace.Begin(MostPage, isPage: true);
        _pace.Doubt();

        _pace.Begin(5 * 1024 * 1024);
        Assert.InRange(_pace.Expected(isTraced: true), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void Uploads_CallsAndPages_AreTheBytesOfCalls()
    {
        _pace.Begin(1000);
        _pace.Begin(MostPage, isPage: true);
        _pace.Begin(500);
        Assert.Equal(1500, _pace.Uploads);

        _pace.End(1000, 1000);
        Assert.Equal(500, _pace.Uploads);
    }

    [Fact]
    public void Rate_SmallCalls_SayNothingAboutIt()
    {
        Read(1024 * 1024, 1024 * 1024);
        var page = _pace.PageBytes;

        for (var call = 0; call < 100; call++)
        {
            Read(100, 1024);
        }

        Assert.Equal(page, _pace.PageBytes);
    }

    private void Read(int bytes, int bytesPerSecond, TimeSpan roundTrip = default)
    {
        _pace.Begin(bytes, isPage: true);

        // In ticks: TimeSpan.FromSeconds rounds to milliseconds on .NET Framework.
        _time.Advance(roundTrip + TimeSpan.FromTicks(TimeSpan.TicksPerSecond * bytes / bytesPerSecond));
        _pace.End(bytes, bytes, isPage: true);
    }
}
