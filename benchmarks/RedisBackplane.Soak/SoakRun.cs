using System.Diagnostics;
using System.Globalization;
using RedisBackplane.FaultHarness;

namespace RedisBackplane.Soak;

/// <summary>Load, faults at random moments, and the account.</summary>
internal sealed class SoakRun(SoakSettings settings, SoakFarm farm)
{
    // Longer than what is kept for sending again (RepublishWindow): then everything that is bounded has reached its
    // bound.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(40);
    // Large arrays of an outage stay in the pool, which releases them a part at a time, in collections after a minute
    // without use.
    private static readonly TimeSpan PoolsEmptyWithin = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan BetweenSamples = TimeSpan.FromSeconds(15);

    // What differs between two samples of a process that does the same: pools of threads, what is under way.
    private const double MaxGrowth = 1.15;

    private static readonly TimeSpan UnderWay = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan FlowsWithin = TimeSpan.FromSeconds(60);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _longest;
    private int _faults;

    /// <returns>Whether every promise was kept.</returns>
    public async Task<bool> RunAsync()
    {
        await Task.Delay(WarmUp);
        await FlowsAsync();
        var start = ResourceSample.Take();
        Say($"start: {start}");

#pragma warning disable CA5394 // A seed repeats the run; nothing secret.
        var random = new Random(settings.Seed);
        var faults = new SoakFaults(farm, random);
        var end = _clock.Elapsed + TimeSpan.FromMinutes(settings.Minutes);
        while (_clock.Elapsed < end)
        {
            await Task.Delay(TimeSpan.FromSeconds(1 + (random.NextDouble() * 5)));
#pragma warning restore CA5394
            var (name, run) = faults.Next();
            await run();
            _faults++;
            var recovered = await FlowsAsync();
            _longest = recovered > _longest ? recovered : _longest;
            Say($"{name}: full flow after {FaultReport.Seconds(recovered)}");
        }

        await Task.Delay(WarmUp);
        await FlowsAsync();
        var finish = await FinishAsync(start);
        return await ReportAsync(start, finish);
    }

    private async Task<ResourceSample> FinishAsync(ResourceSample start)
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            var finish = ResourceSample.Take();
            Say($"end: {finish}");
            if (IsFlat(start, finish) || Stopwatch.GetElapsedTime(begun) > PoolsEmptyWithin)
            {
                return finish;
            }

            await Task.Delay(BetweenSamples);
        }
    }

    private static bool IsFlat(ResourceSample start, ResourceSample finish) => finish.HeapBytes <= start.HeapBytes * MaxGrowth;

    private async Task<TimeSpan> FlowsAsync()
    {
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < FlowsWithin)
        {
            var recent = Stopwatch.GetTimestamp() - (long)(UnderWay.TotalSeconds * Stopwatch.Frequency);
            if (farm.Subscribers.All(subscriber => subscriber.HasAllSentBefore(recent)))
            {
                return Stopwatch.GetElapsedTime(begun);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10));
        }

        Say("the flow did not return");
        foreach (var server in farm.Servers)
        {
            Console.WriteLine($"--- {server.Name}{Environment.NewLine}{server.Logs}");
        }

        return TimeSpan.MaxValue;
    }

    private async Task<bool> ReportAsync(ResourceSample start, ResourceSample finish)
    {
        await farm.StopLoadAsync();
        await FlowsAsync();
        await Task.Delay(TimeSpan.FromSeconds(1));
        var sent = farm.Ledger.Publishers.Select(publisher => publisher.Snapshot()).ToArray();
        var acknowledged = sent.Sum(messages => messages.LongCount(message => message.Outcome == SendOutcome.Acknowledged));
        var failed = sent.Sum(messages => messages.LongCount(message => message.Outcome == SendOutcome.Failed));
        var pending = sent.Sum(messages => messages.LongCount(message => message.Outcome == SendOutcome.Pending));
        var lost = farm.Subscribers.Sum(subscriber => subscriber.CountLost());
        var duplicated = farm.Subscribers.Sum(subscriber => subscriber.Duplicated);
        var outOfOrder = farm.Subscribers.Sum(subscriber => subscriber.OutOfOrder);
        var delivered = farm.Subscribers.Sum(subscriber => subscriber.Delivered);
        var unobserved = ExceptionWatch.Since(0);
        var servers = FormattableString.Invariant($"{settings.Publishers} publishers, {settings.Subscribers} subscribers");

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""

            seed {settings.Seed}, {settings.Minutes} minutes at {settings.Rate} messages per second, {servers}, {_faults} faults
            acknowledged {acknowledged}, failed {failed}, never ended {pending}, delivered {delivered}
            lost {lost}, duplicated {duplicated}, out of order {outOfOrder}, exceptions that nobody observed {unobserved.Count}
            longest time to full flow {FaultReport.Seconds(_longest)}
            start: {start}
            end:   {finish}{(IsFlat(start, finish) ? string.Empty : ": the heap grew")}
            """));
        foreach (var text in unobserved)
        {
            Console.WriteLine(text);
        }

        return IsFlat(start, finish) && failed + pending + lost + duplicated + outOfOrder + unobserved.Count == 0;
    }

    private void Say(string text) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds,7:0.0} s  {text}"));
}
