namespace RedisBackplane.Tests.Receiving;

public sealed class LivenessProbeTests : IProbedStream, IDisposable
{
    private static readonly TimeSpan LivenessTimeout = new RedisBackplaneOptions().LivenessTimeout;

    private readonly TrackedTime _time = new();
    private readonly RecordedLogger _logger = new();
    private readonly LivenessProbe _probe;
    private readonly TaskCompletionSource<object?> _answer = new();
    private readonly TaskCompletionSource<ulong?> _never = new();
    private int _pings;
    private int _arrivesAtPing = int.MaxValue;
    private int _reads;
    private int _looks;
    private long _commandSigns;
    private long _channelSigns;
    private int _memoryLosses;
    private int _sweeps;
    private readonly List<string> _remedies = [];
    private object? _connection = new();
    private bool _isConnected = true;
    private bool _isNews = true;
    private bool _isSettled = true;
    private bool _isAwaitingReply;
    private bool _channelAnswers = true;
    private bool _commandsAnswer = true;
    private bool _isTimeoutDue;
    private ulong? _counter = 10;
    private ulong _lastId = 10;
    private long _frames;
    private long _replies;

    public LivenessProbeTests() => _probe = new LivenessProbe(TestStream.Context(_logger, _time), this);

    object? IProbedStream.Connection => _connection;

    bool IProbedStream.IsConnected
    {
        get
        {
            Interlocked.Increment(ref _looks);
            return _isConnected;
        }
    }

    bool IProbedStream.IsSettled => _isSettled;

    ulong IProbedStream.LastId => _lastId;

    long IProbedStream.FramesHeard => _frames;

    long IProbedStream.BatchesConfirmed => _replies;

    bool IProbedStream.IsAwaitingReply => _isAwaitingReply;

    TimeSpan IProbedStream.ExpectedDelay => TimeSpan.Zero;

    public void Dispose() => _probe.Dispose();

    [Fact]
    public async Task BusyChannel_NothingAwaited_AsksNothing()
    {
        for (var i = 0; i < 5; i++)
        {
            _frames++;
            await Look();
        }

        Assert.Equal((0, 0), (_pings, _reads));
    }

    [Fact]
    public async Task BusyChannel_SendsWithoutAnswers_AsksOnTheirConnection()
    {
        _isAwaitingReply = true;
        _frames++;
        _replies++;
        await Look();
        Assert.Equal((0, 0), (_pings, _reads));

        _frames++;
        await Look();

        Assert.Equal((0, 1), (_pings, _reads));
    }

    [Fact]
    public async Task SilentChannel_AllIsWell_AsksAndDoesNothing()
    {
        await Look();
        await Look();

        Assert.Equal((2, 2), (_pings, _reads));
        Assert.Empty(_remedies);
        Assert.Empty(_logger.Lines);
    }

    /// <summary>Redis has stored it, and its payload is on the way.</summary>
    [Fact]
    public async Task SilentChannel_AMessageArrivesAfterTheCounter_IsNoSilence()
    {
        (_counter, _arrivesAtPing) = (11, 2);

        await Look();

        Assert.Equal((11ul, 2), (_lastId, _pings));
        Assert.Empty(_remedies);
        Assert.Empty(_logger.Lines);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Connection_AnswersNothing_IsReplacedAfterTheTimeout(bool channelAnswers, bool commandsAnswer)
    {
        (_channelAnswers, _commandsAnswer) = (channelAnswers, commandsAnswer);
        _time.Advance(Period);
        await Eventually.BecomesTrueAsync(() => _pings + _reads == (channelAnswers ? 2 : 1), "the probe has asked");
        Assert.Empty(_remedies);

        // The limit of the question starts a moment after the question was asked.
        await TimePassesUntilARemedy();

        Assert.Equal("reconnect", _remedies[0]);
        await Eventually.BecomesTrueAsync(() => _logger.Of(1007).Any(), "the new connection is logged");
    }

    [Fact]
    public async Task Connection_TheClientLibraryTimesOutAgainAndAgain_IsReplacedAfterTheTimeout()
    {
        _channelAnswers = false;
        _answer.SetException(new RedisTimeoutException("no answer", CommandStatus.Sent));
        var began = _time.GetUtcNow();

        await TimePassesUntilARemedy();

        Assert.Equal("reconnect", _remedies[0]);
        await Eventually.BecomesTrueAsync(() => _logger.Of(1007).Any(), "the new connection is logged");
        Assert.InRange(_time.GetUtcNow() - began, LivenessTimeout, TimeSpan.MaxValue);
    }

    [Fact]
    public async Task Connection_TheClientLibraryTimesOutOnce_IsAskedAgainAndStays()
    {
        _isTimeoutDue = true;
        _time.Advance(Period);
        await Eventually.BecomesTrueAsync(() => _pings == 1 && _time.ArmedTimers == 3, "the probe waits before it asks again");

        _time.Advance(TimeSpan.FromTicks(LivenessTimeout.Ticks / AnswerWait.Steps));
        await Eventually.BecomesTrueAsync(() => _probe.IsIdle, "the look has ended");

        Assert.Equal((2, 1), (_pings, _reads));
        Assert.Empty(_remedies);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Channel_AnswersNothing_OnlySignsOfItsOwnConnectionCount(bool isChannel)
    {
        _channelAnswers = false;
        _time.Advance(Period);
        await Eventually.BecomesTrueAsync(() => _pings == 1 && _time.ArmedTimers == 2, "the probe waits for the answer");

        for (var step = 0; step < 3 * AnswerWait.Steps; step++)
        {
            Interlocked.Increment(ref isChannel ? ref _channelSigns : ref _commandSigns);
            _time.Advance(TimeSpan.FromTicks(LivenessTimeout.Ticks / AnswerWait.Steps));
            await Eventually.BecomesTrueAsync(() => _probe.IsIdle || _time.ArmedTimers == 2, "the probe has noted that time has passed");
        }

        Assert.Equal(isChannel ? [] : ["reconnect"], _remedies.Take(1));
    }

    [Fact]
    public async Task Connection_AnotherStreamToldOfIt_IsNotLoggedAgain()
    {
        (_commandsAnswer, _isNews) = (false, false);
        _time.Advance(Period);
        await TimePassesUntilARemedy();

        // The clock may have started another check.
        _probe.Dispose();
        await Eventually.BecomesTrueAsync(() => _probe.IsIdle, "the look has ended");
        Assert.Empty(_logger.Of(1007));
    }

    [Fact]
    public async Task Process_StoodStillLongerThanTheTimeout_IsNotTakenForADeadConnection()
    {
        _channelAnswers = false;
        _time.Advance(Period);
        await Eventually.BecomesTrueAsync(() => _pings == 1 && _time.ArmedTimers == 2, "the probe waits for the answer");

        // The answer is in a socket that nobody could read.
        _time.Advance(LivenessTimeout + LivenessTimeout);
        await Eventually.BecomesTrueAsync(() => _probe.IsIdle || _time.ArmedTimers == 2, "the probe has noted that time has passed");
        _answer.SetResult(null);
        await Eventually.BecomesTrueAsync(() => _probe.IsIdle, "the look has ended");

        Assert.Empty(_remedies);
        Assert.Empty(_logger.Of(1007));
    }

    [Fact]
    public async Task SilentChannel_TheCounterIsAhead_TriesOneRemedyAfterTheOther()
    {
        _counter = 12;

        for (var i = 0; i < 4; i++)
        {
            await Look();
        }

        Assert.Equal(["catch up", "resubscribe", "reconnect", "catch up"], _remedies);
        Assert.Equal(4, _logger.Of(3009).Count());
    }

    [Fact]
    public async Task SilentChannel_NothingWasHeardYet_IsNoWarningUntilCatchingUpDidNotHelp()
    {
        _lastId = 0;

        await Look();
        Assert.Equal(["catch up"], _remedies);
        Assert.Empty(_logger.Of(3009));

        await Look();
        Assert.Equal(["catch up", "resubscribe"], _remedies);
        Assert.Single(_logger.Of(3009));
    }

    [Fact]
    public async Task SilentChannel_TheCounterWasAheadAndIsReached_BeginsWithTheMildestAgain()
    {
        _counter = 12;
        await Look();
        _counter = 10;
        await Look();
        _counter = 12;
        await Look();

        Assert.Equal(["catch up", "catch up"], _remedies);
    }

    [Fact]
    public async Task SilentChannel_NotSettledYet_ComparesNothing()
    {
        _isSettled = false;
        _counter = 12;

        await Look();
        await Look();

        Assert.Empty(_remedies);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(9L)]
    public async Task SilentChannel_TheCounterIsBehind_SaysThatRedisForgot(long? counter)
    {
        _counter = (ulong?)counter;

        await Look();

        Assert.Equal(1, _memoryLosses);
        Assert.Empty(_remedies);
    }

    [Fact]
    public async Task Disconnected_LongerThanTheTimeout_MakesANewConnection()
    {
        _isConnected = false;
        await Look();
        await Look();
        await Look();
        Assert.Empty(_remedies);

        await Look();

        Assert.Equal(["reconnect"], _remedies);
        Assert.Equal((0, 0), (_pings, _reads));
    }

    /// <summary>Streams share a connection, and their probes look at different moments.</summary>
    [Fact]
    public async Task Disconnected_AnotherStreamReplacedTheConnection_GivesTheNewOneItsTime()
    {
        _isConnected = false;
        await Look();
        await Look();
        await Look();
        _connection = new object();

        // The whole time-out, and twice as long, because one replacement did not help.
        for (var i = 0; i < 6; i++)
        {
            await Look();
            Assert.Empty(_remedies);
        }

        await Look();
        Assert.Equal(["reconnect"], _remedies);
    }

    [Fact]
    public async Task Disconnected_NewConnectionsDoNotHelp_ReplacesThemLessAndLessOften()
    {
        _isConnected = false;
        var looks = new List<int>();
        for (var i = 0; i < 30; i++)
        {
            await Look();
            if (_remedies.Count > looks.Count)
            {
                looks.Add(i);
                _connection = new object();
            }
        }

        Assert.Equal([3, 10, 23], looks);
    }

    [Fact]
    public async Task Disconnected_NoConnectionIsMade_HasNothingToReplace()
    {
        (_isConnected, _connection) = (false, null);
        for (var i = 0; i < 10; i++)
        {
            await Look();
        }

        Assert.Empty(_remedies);
    }

    [Fact]
    public async Task SilentChannel_AnotherStreamReplacedTheConnection_BeginsWithTheMildestAgain()
    {
        _counter = 12;
        await Look();
        await Look();
        _connection = new object();

        await Look();

        Assert.Equal(["catch up", "resubscribe", "catch up"], _remedies);
    }

    [Fact]
    public async Task ConnectionDisposedByTheApplication_MakesANewConnection()
    {
        _channelAnswers = false;
        _answer.SetException(new ObjectDisposedException("multiplexer"));

        await Look();

        Assert.Equal(["reconnect"], _remedies);
    }

    /// <summary>A call that is lost may be the one that the probe itself waits for.</summary>
    [Fact]
    public async Task Tick_TheLastLookHasNotEnded_GivesUpLostCallsAllTheSame()
    {
        _channelAnswers = false;
        _time.Advance(Period);
        await Eventually.BecomesTrueAsync(() => _pings == 1 && !_probe.IsIdle, "the probe has asked");
        Assert.Equal(1, Volatile.Read(ref _sweeps));

        _time.Advance(Period);

        await Eventually.BecomesTrueAsync(() => Volatile.Read(ref _sweeps) == 2, "lost calls are looked for");
        _answer.SetResult(null);
    }

    [Fact]
    public void Disposed_TimePasses_LooksNoMore()
    {
        _probe.Dispose();

        Assert.Equal(0, _time.ArmedTimers);
    }

    private static TimeSpan Period => TimeSpan.FromTicks(LivenessTimeout.Ticks / 3);

    Func<long> IProbedStream.CountCommandSigns() => () => Volatile.Read(ref _commandSigns);

    Func<long> IProbedStream.CountChannelSigns() => () => Volatile.Read(ref _channelSigns);

    void IProbedStream.GiveUpLostCalls() => Interlocked.Increment(ref _sweeps);

    Task IProbedStream.PingChannelAsync()
    {
        Interlocked.Increment(ref _pings);
        if (_isTimeoutDue)
        {
            _isTimeoutDue = false;
            throw new RedisTimeoutException("no answer", CommandStatus.Sent);
        }

        _lastId = _pings >= _arrivesAtPing ? _counter ?? 0 : _lastId;
        return _channelAnswers ? Task.CompletedTask : _answer.Task;
    }

    Task<ulong?> IProbedStream.ReadCounterAsync()
    {
        Interlocked.Increment(ref _reads);
        return _commandsAnswer ? Task.FromResult(_counter) : _never.Task;
    }

    void IProbedStream.OnMemoryLost() => _memoryLosses++;

    void IProbedStream.CatchUp() => Note("catch up");

    void IProbedStream.Resubscribe() => Note("resubscribe");

    bool IProbedStream.Reconnect(object? found)
    {
        Note("reconnect");
        return _isNews;
    }

    private void Note(string remedy)
    {
        lock (_remedies)
        {
            _remedies.Add(remedy);
        }
    }

    private Task TimePassesUntilARemedy() => Eventually.BecomesTrueAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            lock (_remedies)
            {
                return _remedies.Count > 0;
            }
        },
        "the connection is replaced");

    /// <summary>Lets the probe run one check to its end.</summary>
    private async Task Look()
    {
        // A tick is skipped if the last check is still running. A second tick would let too much time pass.
        await Eventually.BecomesTrueAsync(() => _probe.IsIdle, "the last look has ended");
        var looks = Volatile.Read(ref _looks);
        _time.Advance(Period);
        await Eventually.BecomesTrueAsync(() => Volatile.Read(ref _looks) > looks && _probe.IsIdle, "the probe has looked");
        Assert.Equal(looks + 1, _looks);
    }
}
