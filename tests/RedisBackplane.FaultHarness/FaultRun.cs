using System.Text;

namespace RedisBackplane.FaultHarness;

/// <summary>
/// One run: a farm under a numbered, steady load before, during and after a fault, and the ledger of it. In this order:
/// <see cref="StartAsync"/>, <see cref="SteadyAsync"/>, the fault, <see cref="AssertHealsAsync"/>.
/// </summary>
public sealed class FaultRun : IAsyncDisposable
{
    /// <summary>Environment variable that, set to 1, prints the servers' logs even if a run met its plan.</summary>
    public const string LogsVariable = "REDIS_BACKPLANE_FAULT_LOGS";

    // The load continues after the fault until no old message has been missing for a while.
    private static readonly TimeSpan FlowsFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FlowsWithin = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan SendsEndWithin = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan DeliveredWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(300);

    private readonly FaultPlan _plan;
    private readonly Action<string> _output;
    private readonly List<FaultServer> _servers = [];
    private readonly List<LoadPublisher> _load = [];
    private readonly List<LoadSubscriber> _subscribers = [];
    private readonly int _exceptionsBefore = ExceptionWatch.Begin();
    private StallWatch? _stalls;
    private long _faultBegan;
    private long _faultEnded;

    private FaultRun(FaultPlan plan, Action<string> output)
    {
        _plan = plan;
        _output = output;
        AppName = AppNames.Unique("fault-" + plan.Case);
    }

    public string AppName { get; }

    public Ledger Ledger { get; } = new();

    /// <summary>The servers, publishers first.</summary>
    public IReadOnlyList<FaultServer> Servers => _servers;

    public IEnumerable<FaultServer> PublishingServers =>
        _servers.Where(server => server.Name.StartsWith("publisher", StringComparison.Ordinal));

    public IEnumerable<FaultServer> SubscribingServers =>
        _servers.Where(server => server.Name.StartsWith("subscriber", StringComparison.Ordinal));

    /// <summary>Starts the farm.</summary>
    /// <param name="output">Receives the report.</param>
    /// <param name="configure">
    /// Settings of each server, by its name: <c>publisher 0</c>, …, <c>subscriber 0</c>, ….
    /// </param>
    /// <param name="connects">Whether the farm can connect now. If not, it starts without waiting.</param>
    public static async Task<FaultRun> StartAsync(
        FaultPlan plan, Action<string> output, Action<string, RedisBackplaneOptions> configure, bool connects = true)
    {
        var run = new FaultRun(plan, output);
        for (var i = 0; i < plan.Publishers + plan.Subscribers; i++)
        {
            var name = i < plan.Publishers ? $"publisher {i}" : $"subscriber {i - plan.Publishers}";
            run._servers.Add(new FaultServer(name, options =>
            {
                options.AppName = run.AppName;
                configure(name, options);
            }));
        }

        foreach (var server in run.SubscribingServers)
        {
            var account = run.Ledger.AddSubscriber(server.Name);
            run._subscribers.Add(new LoadSubscriber(server.Bus, account.Delivered));
        }

        if (connects)
        {
            await Task.WhenAll(run._servers.Select(server => server.ConnectedAsync())).ConfigureAwait(false);
        }

        return run;
    }

    /// <summary>Starts the load without a check, if the fault exists from the start.</summary>
    public void StartInFault()
    {
        StartLoad();
        _faultBegan = Stopwatch.GetTimestamp();
    }

    /// <summary>Starts the load, and checks for a second that it flows.</summary>
    public async Task SteadyAsync()
    {
        StartLoad();
        await Task.Delay(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        await Eventually.BecomesTrueAsync(
            () => Ledger.Subscribers.All(subscriber => subscriber.Count > _plan.MessagesPerSecond / 2), "the load flows")
            .ConfigureAwait(false);
        _faultBegan = Stopwatch.GetTimestamp();
    }

    /// <summary>The fault is over now; the times of the report count from here.</summary>
    public void FaultEnded()
    {
        _stalls = StallWatch.Start();
        _faultEnded = Stopwatch.GetTimestamp();
    }

    /// <summary>The number of failed publishes among those made this long after the fault's end, or later.</summary>
    public int FailedAfter(TimeSpan time)
    {
        var from = _faultEnded + (long)(time.TotalSeconds * Stopwatch.Frequency);
        return Ledger.Publishers.Sum(publisher => publisher.Snapshot().Count(
            message => message.SentAt >= from && message.Outcome == SendOutcome.Failed));
    }

    /// <summary>Continues the load for a while, ends it, waits for what is in transit, and returns the sums.</summary>
    public async Task<Tally> FinishAsync()
    {
        await FlowAsync().ConfigureAwait(false);
        await Task.WhenAll(_load.Select(publisher => publisher.StopAsync())).ConfigureAwait(false);
        await WaitAsync(() => Ledger.Publishers.All(publisher => publisher.Pending == 0), SendsEndWithin).ConfigureAwait(false);
        await WaitAsync(Ledger.IsComplete, DeliveredWithin).ConfigureAwait(false);

        // Duplicates may arrive late.
        await Task.Delay(Quiet).ConfigureAwait(false);
        var tally = Ledger.Count(_faultEnded);
        Report(tally);
        return tally;
    }

    /// <summary>The fault is over now. Finishes, and fails if the plan is not met.</summary>
    public Task<Tally> AssertHealsAsync()
    {
        FaultEnded();
        return AssertAsync();
    }

    /// <summary>Finishes, and fails if the plan is not met.</summary>
    public async Task<Tally> AssertAsync()
    {
        var tally = await FinishAsync().ConfigureAwait(false);
        var unobserved = ExceptionWatch.Since(_exceptionsBefore);
        var limit = _plan.FullFlowWithin + FaultPlan.MachineAllowance + _stalls!.Stalled;
        var findings = new List<string>();
        Find(tally.Pending > 0, $"{tally.Pending} publishes never ended");
        Find(tally.Lost > 0, $"lost {tally.Lost}");
        Find(tally.Duplicated > 0, $"duplicated {tally.Duplicated}");
        Find(tally.OutOfOrder > 0, $"out of order {tally.OutOfOrder}");
        Find(!_plan.OrderMayDiffer && tally.OrderDiffers > 0, $"{tally.OrderDiffers} messages in another order at another subscriber");
        Find(!_plan.MayFail && tally.Failed > 0, $"{tally.Failed} publishes failed ({string.Join(", ", tally.Errors)})");
        Find(tally.FullFlow > limit, $"full flow after {FaultReport.Seconds(tally.FullFlow)}");
        Find(unobserved.Count > 0, string.Join(Environment.NewLine, unobserved));
        if (findings.Count > 0 || Environment.GetEnvironmentVariable(LogsVariable) == "1")
        {
            foreach (var server in _servers)
            {
                _output($"--- {server.Name}{Environment.NewLine}{server.Logs.Summarize()}");
            }
        }

        if (findings.Count > 0)
        {
            throw new FaultRunException(
                string.Join("; ", findings) + Environment.NewLine + string.Join(Environment.NewLine, tally.Examples));
        }

        return tally;

        void Find(bool isWrong, string finding)
        {
            if (isWrong)
            {
                findings.Add(finding);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var publisher in _load)
        {
            await publisher.DisposeAsync().ConfigureAwait(false);
        }

        _stalls?.Dispose();
        _subscribers.ForEach(subscriber => subscriber.Dispose());
        _servers.ForEach(server => server.Dispose());
    }

    private async Task FlowAsync()
    {
        var (begun, flowsSince) = (Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(flowsSince) < FlowsFor && Stopwatch.GetElapsedTime(begun) < FlowsWithin)
        {
            // A check reads everything that was sent. More checks would be a load of their own.
            await Task.Delay(TimeSpan.FromMilliseconds(200)).ConfigureAwait(false);
            if (!Ledger.Flows())
            {
                flowsSince = Stopwatch.GetTimestamp();
            }
        }
    }

    private void StartLoad()
    {
        foreach (var server in PublishingServers)
        {
            _load.Add(new LoadPublisher(server.Bus, Ledger, _plan.MessagesPerSecond / _plan.Publishers, _plan.MessageSize));
        }
    }

    private static async Task WaitAsync(Func<bool> condition, TimeSpan limit)
    {
        // What is not there in time is counted, and does not throw.
        var begun = Stopwatch.GetTimestamp();
        while (!condition() && Stopwatch.GetElapsedTime(begun) < limit)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50)).ConfigureAwait(false);
        }
    }

    private void Report(Tally tally)
    {
        var row = FaultReport.Row(_plan.Case, _plan.Fault, tally);
        FaultReport.Add(_plan.Case, row);
        var text = new StringBuilder(FaultReport.Head).AppendLine(row);
        text.AppendLine(
            CultureInfo.InvariantCulture, $"The fault lasted {FaultReport.Seconds(Stopwatch.GetElapsedTime(_faultBegan, _faultEnded))}.");
        foreach (var error in tally.Errors)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"failed with {error.Key}: {error.Value}");
        }

        foreach (var server in _servers)
        {
            var status = server.Bus.Status;
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{server.Name}: retries {status.Retries}, gaps filled {status.GapsFilled}, unfilled {status.GapsUnfilled} "
                + $"({status.MessagesLost} ids), replayed {status.MessagesReplayed}, duplicate frames {status.FramesDuplicate}, "
                + $"skipped {status.FramesSkipped}, reconnects {status.Reconnects}");
        }

        _output(text.ToString());
    }
}
