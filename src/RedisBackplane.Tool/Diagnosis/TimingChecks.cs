using System.Diagnostics;
using System.Globalization;

namespace RedisBackplane.Tool.Diagnosis;

/// <summary>Checks the latency of the server, and its clock.</summary>
internal static class TimingChecks
{
    private const int Pings = 50;
    private static readonly TimeSpan Near = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Far = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(1);

    public static async Task<Finding> Latency(Patient patient)
    {
        var times = new TimeSpan[Pings];
        for (var i = 0; i < Pings; i++)
        {
            times[i] = await patient.Server.PingAsync();
        }

        Array.Sort(times);
        var (median, worst) = (times[Pings / 2], times[^1]);
        var found = string.Create(
            CultureInfo.InvariantCulture, $"{median.TotalMilliseconds:0.0} ms median, {worst.TotalMilliseconds:0.0} ms at worst of "
                + $"{Pings}");
        return median switch
        {
            _ when median <= Near => Finding.Good(found),
            _ when median <= Far => Finding.Better(found, "Every message takes this time to another server. A Redis in the same "
                + "data centre answers within a millisecond."),
            _ => Finding.Bad(found, "Every message takes this time to another server, and an answer may be slower than "
                + "LivenessTimeout. Move Redis nearer to the servers."),
        };
    }

    public static async Task<Finding> Clock(Patient patient)
    {
        try
        {
            var begun = Stopwatch.GetTimestamp();
            var there = await patient.Server.TimeAsync();
            var middle = DateTime.UtcNow - (Stopwatch.GetElapsedTime(begun) / 2);
            var apart = there - middle;
            var found = string.Create(
                CultureInfo.InvariantCulture, $"{Math.Abs(apart.TotalMilliseconds):0} ms "
                    + $"{(apart < TimeSpan.Zero ? "behind" : "ahead of")} this machine's");
            return apart.Duration() <= ClockTolerance
                ? Finding.Good(found)
                : Finding.Better(found, "Ids survive it; times in metrics and traces do not. Synchronise the clocks (NTP).");
        }
        catch (Exception exception) when (exception.IsRefusal())
        {
            return Finding.Unknown($"TIME is not allowed ({exception.Message})");
        }
    }
}
