using System.Diagnostics;
using System.Text;
using RedisBackplane.TestInfrastructure;

namespace RedisBackplane.Scaling.Interests;

/// <summary>
/// Servers take turns in sending batches. The time ends when every server has its messages. First at a fixed rate, for
/// CPU and bytes; then as fast as possible.
/// </summary>
internal sealed class InterestRun(InterestFarm farm, InterestSettings settings, int size, int batch)
{
    private const long HistoryBytes = 64 * 1024 * 1024;
    private const int FastestInFlight = 4;

    // A machine that is slower than the rate must not run out of memory.
    private const int MostInFlight = 256;

    // The same messages for every design.
    private readonly Random _random = new(2026);
    private readonly byte[] _value = Encoding.UTF8.GetBytes(new string('x', size));
    private long _sent;
    private long _wanted;

    public async Task<InterestResult> RunAsync()
    {
        var rated = settings.Rate / (double)batch;
        await SendAsync(TimeSpan.FromSeconds(1), rated);

        GC.Collect();
        var before = await farm.ReadUsageAsync();
        var cpu = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        _sent = 0;
        await SendAsync(TimeSpan.FromSeconds(settings.Seconds), rated);
        var elapsed = watch.Elapsed;
        cpu = Environment.CpuUsage.TotalTime - cpu;
        var after = await farm.ReadUsageAsync();
        var sent = _sent;

        watch.Restart();
        _sent = 0;
        await SendAsync(TimeSpan.FromSeconds(settings.Seconds / 2.0), batchesPerSecond: null);
        return new InterestResult(
            sent / elapsed.TotalSeconds,
            (after.MasterCpu[0] - before.MasterCpu[0]) / sent,
            cpu.TotalMicroseconds / sent,
            (after.BytesOut - before.BytesOut) / sent,
            _sent / watch.Elapsed.TotalSeconds,
            ((await farm.ReadUsageAsync()).MasterCpu[0] - after.MasterCpu[0]) / _sent);
    }

    private async Task SendAsync(TimeSpan duration, double? batchesPerSecond)
    {
        var watch = Stopwatch.StartNew();
        var calls = new Queue<Task>();
        for (var n = 0; watch.Elapsed < duration; n++)
        {
            if (batchesPerSecond is { } rate && TimeSpan.FromSeconds(n / rate) - watch.Elapsed is { Ticks: > 0 } early)
            {
                await Task.Delay(early);
            }

            var most = batchesPerSecond is null ? FastestInFlight : MostInFlight;
            while (calls.Count > 0 && (calls.Count >= most || calls.Peek().IsCompleted))
            {
                await calls.Dequeue();
            }

            calls.Enqueue(farm.Servers[n % farm.Servers.Count].PublishAsync(NextBatch(), _value, HistoryBytes));
            _sent += batch;
        }

        await Task.WhenAll(calls);
        await Eventually.BecomesTrueAsync(() => farm.Delivered >= _wanted, "every server has what it wants", TimeSpan.FromMinutes(1));
        if (farm.Delivered > _wanted)
        {
            throw new InvalidOperationException($"{farm.Delivered} messages were delivered, {_wanted} wanted.");
        }
    }

    private string[] NextBatch()
    {
        var keys = new string[batch];
        for (var i = 0; i < batch; i++)
        {
            var isBroadcast = _random.Next(100) < InterestSettings.BroadcastPercent;
            keys[i] = isBroadcast
                ? InterestServer.Everybody
                : InterestServer.Key(_random.Next(farm.Servers.Count), _random.Next(settings.Keys));
            _wanted += isBroadcast ? farm.Servers.Count : 1;
        }

        return keys;
    }
}

/// <summary>The result of a run. Times are microseconds per message.</summary>
internal sealed record InterestResult(
    double PerSecond, double RedisCpu, double ServersCpu, double RedisBytesOut, double FastestPerSecond, double FastestRedisCpu)
{
    public string ToCells() => FormattableString.Invariant(
        $"| {PerSecond:N0} | {RedisCpu:0.00} | {ServersCpu:0.0} | {RedisBytesOut:N0} | {FastestPerSecond:N0} | {FastestRedisCpu:0.00} |");
}
