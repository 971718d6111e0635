using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.TestInfrastructure;

namespace RedisBackplane.Scaling;

/// <summary>
/// Two servers send as fast as possible, with many senders. The time ends when every server has received everything.
/// </summary>
internal sealed class ScalingRun(ScalingFarm farm, ScalingSettings settings)
{
    private const int Keys = 1000;
    private const int PerSender = 16;
    private const int SendingServers = 2;

    private long _sent;
    private volatile bool _isOver;

    public async Task<ScalingResult> RunAsync()
    {
        await SendAsync(TimeSpan.FromSeconds(1));
        await LevelAsync();

        GC.Collect();
        var before = await farm.ReadUsageAsync();
        var cpu = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        _sent = 0;
        await SendAsync(TimeSpan.FromSeconds(settings.Seconds));
        await LevelAsync();
        var elapsed = watch.Elapsed;
        cpu = Environment.CpuUsage.TotalTime - cpu;
        var after = await farm.ReadUsageAsync();

        var redis = after.MasterCpu.Zip(before.MasterCpu, (end, start) => end - start).ToArray();
        return new ScalingResult(
            farm.Masters,
            farm.Servers.Count,
            farm.Streams,
            _sent / elapsed.TotalSeconds,
            cpu.TotalMicroseconds / _sent,
            redis.Sum() / _sent,
            (after.ReplicaCpu - before.ReplicaCpu) / _sent,
            redis.Max() / elapsed.TotalMicroseconds,
            (after.BytesOut - before.BytesOut) / _sent);
    }

    private async Task SendAsync(TimeSpan duration)
    {
        _isOver = false;
        var senders = Enumerable.Range(0, Math.Max(1, settings.InFlight / PerSender))
            .Select(i => Task.Run(() => SendFromAsync(i)))
            .ToArray();
        await Task.Delay(duration);
        _isOver = true;
        await Task.WhenAll(senders);
    }

    private async Task SendFromAsync(int sender)
    {
        var bus = farm.Servers[sender % SendingServers].Bus;
        var source = "sender " + sender.ToString(CultureInfo.InvariantCulture);
        var value = new string('x', settings.Size);
        var tasks = new Task[PerSender];
        for (var n = sender; !_isOver; n += PerSender)
        {
            for (var i = 0; i < PerSender; i++)
            {
                tasks[i] = bus.Publish(new Message(source, ScalingFarm.Key((n + i) % Keys), value));
            }

            await Task.WhenAll(tasks);
            Interlocked.Add(ref _sent, PerSender);
        }
    }

    private Task LevelAsync() =>
        Eventually.BecomesTrueAsync(farm.AreLevel, "every server has received everything", TimeSpan.FromMinutes(1));
}

/// <summary>The result of a run. Times are microseconds per message.</summary>
internal sealed record ScalingResult(
    int Masters,
    int Servers,
    int Streams,
    double PerSecond,
    double ServersCpu,
    double RedisCpu,
    double ReplicasCpu,
    double BusiestRedis,
    double RedisBytesOut)
{
    public const string Header = "| masters | servers | streams | messages/s | servers' CPU, µs/message | Redis CPU, µs/message "
        + "| replicas' CPU besides | busiest Redis | Redis out, bytes/message |\n|--:|--:|--:|--:|--:|--:|--:|--:|--:|";

    public string ToRow() => FormattableString.Invariant(
        $"| {(Masters == 0 ? Streams : Masters)} | {Servers} | {Streams} | {PerSecond:N0} | {ServersCpu:0.0} | {RedisCpu:0.00} ")
        + FormattableString.Invariant($"| {ReplicasCpu:0.00} | {BusiestRedis:P0} | {RedisBytesOut:N0} |");
}
