namespace RedisBackplane.Tests.Receiving;

/// <summary>An intake whose inputs and outputs the test controls.</summary>
internal sealed class IntakeHarness : IFrameSink
{
    public IntakeHarness(bool isAuthenticated = false)
    {
        var keys = isAuthenticated ? new[] { new byte[32] } : [];
        var context = TestStream.Context(Logger, authenticator: FrameAuthenticator.Create(keys, false, "Chat", 0, 0));
        (Floor, Received) = (context.Highest, context.Received);
        Intake = new FrameIntake(context, this, Counters);
        Intake.Lost += (after, upTo) => Lost.Add((after, upTo));
        Intake.Jumped += () => Jumps++;
    }

    public FrameIntake Intake { get; }

    public HighestId Floor { get; }

    public ReceivedRun Received { get; }

    public ReceiveCounters Counters { get; } = new();

    public RecordedLogger Logger { get; } = new();

    /// <summary>The ids that were passed on, in order.</summary>
    public List<ulong> Delivered { get; } = [];

    public List<ulong> Starts { get; } = [];

    public List<(ulong After, ulong UpTo)> Lost { get; } = [];

    public int Jumps { get; private set; }

    /// <summary>Whether the subscriptions are behind, for the ids that were passed on.</summary>
    public Func<List<ulong>, bool> IsCrowded { get; set; } = _ => false;

    /// <summary>Fails for the frame with this first id.</summary>
    public ulong? FailsOn { get; set; }

    public static IntakeHarness Live(ulong at)
    {
        var harness = new IntakeHarness();
        harness.Intake.BeginRead();
        Assert.True(harness.Intake.TryGoLive(at, hasHistory: true));
        return harness;
    }

    public bool TakeLive(ulong previous, ulong first, int count = 1, PublisherId? publisher = null, ulong? batch = null, int padding = 0) =>
        Intake.TakeLive(Frames.Create(previous, first, count, publisher, batch, padding));

    /// <summary>Live frames that follow each other.</summary>
    public void TakeLiveFrom(ulong first, ulong last)
    {
        for (var id = first; id <= last; id++)
        {
            TakeLive(id - 1, id);
        }
    }

    /// <summary>A read of the history that returns one page, which is not the last.</summary>
    public void Read(params Frame[] page)
    {
        Intake.BeginRead();
        Intake.TakeHistory(page);
    }

    /// <summary>A read of the history that finds no more frames.</summary>
    public bool ReadToTheEnd(ulong? counter, bool hasHistory = true, bool afterSilence = false)
    {
        Intake.BeginRead();
        return Intake.TryGoLive(counter, hasHistory, afterSilence);
    }

    bool IFrameSink.IsCrowded => IsCrowded(Delivered);

    void IFrameSink.Append(in Frame frame)
    {
        if (frame.Header.FirstId == FailsOn)
        {
            throw new InvalidOperationException("no");
        }

        for (var id = frame.Header.FirstId; id <= frame.Header.LastId; id++)
        {
            Delivered.Add(id);
        }
    }

    void IFrameSink.Start(ulong lastId) => Starts.Add(lastId);
}
