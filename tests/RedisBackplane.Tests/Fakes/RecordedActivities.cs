using System.Collections.Concurrent;
using System.Diagnostics;

namespace RedisBackplane.Tests.Fakes;

/// <summary>Listens to activities like a tracer, and keeps those of one backplane that have ended.</summary>
internal sealed class RecordedActivities : IDisposable
{
    private readonly ConcurrentQueue<Activity> _stopped = new();
    private readonly ActivityListener _listener;

    public RecordedActivities(string appName, ActivitySamplingResult sampling = ActivitySamplingResult.AllDataAndRecorded)
    {
        // The default of .NET Framework is another format; OpenTelemetry sets this one as well.
        Activity.DefaultIdFormat = ActivityIdFormat.W3C;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == BackplaneTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => sampling,
            ActivityStopped = activity =>
            {
                if (activity.DisplayName.EndsWith(appName, StringComparison.Ordinal))
                {
                    _stopped.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyList<Activity> Stopped => [.. _stopped];

    public void Dispose() => _listener.Dispose();
}
