using System.Diagnostics;
using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Wire;

namespace RedisBackplane.Telemetry;

/// <summary>
/// The source of activities: one for each publish that a listener samples, and on every server one for each frame that
/// carries such publishes, linked to them. While nobody listens, it costs one read of a field. An exception of a
/// listener has no effect on the bus.
/// </summary>
internal static class BackplaneTracing
{
    private static readonly ActivitySource? Source = ListenerGuard.OfProcess.Make(
        static () => new ActivitySource(BackplaneTelemetry.ActivitySourceName, BackplaneTelemetry.Version));

    public static bool IsListening => Source?.HasListeners() == true;

    /// <summary>Creates the source, if it does not exist yet.</summary>
    public static void Touch() => System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(typeof(BackplaneTracing).TypeHandle);

    /// <summary>
    /// Starts the activity of a publish, if a listener wants it. It does not become the current activity, because the
    /// publish ends on another thread.
    /// </summary>
    public static Activity? StartPublish(StreamMeter meter, Message message) => IsListening ? Begin(meter, message) : null;

    /// <summary>Stops the activity of a publish when its task ends.</summary>
    public static void StopWith(StreamMeter meter, Activity activity, Task completion) => _ = completion.ContinueWith(
        task => Stop(meter, activity, task.Exception?.InnerException),
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    /// <summary>
    /// Starts the activity of a frame, if a listener wants it and the frame carries traced publishes. It has no parent,
    /// even if the receiving thread has a current activity. It does not become the current activity, because the
    /// deliveries that follow belong to other clients.
    /// </summary>
    public static Activity? StartReceive(StreamMeter meter, in Frame frame)
    {
        if (TraceContexts.Read(frame) is not { Count: > 0 } contexts)
        {
            return null;
        }

        var messages = frame.Header.Count;
        return Shielded(meter, () =>
        {
            Activity.Current = null;
            var tags = meter.Tags;
            var links = contexts.Select(static context => new ActivityLink(context)).ToArray();
            var activity = Source?.StartActivity(tags.ReceiveName, ActivityKind.Consumer, default(ActivityContext), tags.Receive, links);
            return activity?.SetTag("messaging.batch.message_count", messages);
        });
    }

    /// <summary>Stops an activity, and does not change the current one.</summary>
    public static void Stop(StreamMeter meter, Activity? activity, Exception? exception = null)
    {
        if (activity is null)
        {
            return;
        }

        _ = Shielded(meter, () =>
        {
            if (exception is not null)
            {
                activity.SetTag(MetricTags.ErrorType, exception.GetType().FullName);
                activity.SetStatus(ActivityStatusCode.Error, exception.Message);
            }

            activity.Stop();
            return activity;
        });
    }

    // A method of its own, because the closure is allocated at the beginning of a method.
    private static Activity? Begin(StreamMeter meter, Message message) => Shielded(meter, () =>
    {
        var tags = meter.Tags;
        var activity = Source?.StartActivity(tags.PublishName, ActivityKind.Producer, default(ActivityContext), tags.Publish);
        return activity?.SetTag("messaging.message.body.size", message.Value.Count);
    });

    // An exception of a listener has no effect, and the current activity does not change. That needs a context of its
    // own: an activity that has ended, for example that of the request that started a loop, cannot be made the current
    // one again. The activity of a publish would then be the parent of the next.
    private static Activity? Shielded(StreamMeter meter, Func<Activity?> work)
    {
        Activity? activity = null;
        if (ExecutionContext.Capture() is { } context)
        {
            ExecutionContext.Run(context, _ => Work(), null);
        }
        else
        {
            Work();
        }

        return activity;

        void Work()
        {
            var current = Activity.Current;
            activity = Guarded(meter, work);
            if (Activity.Current != current && current is not { IsStopped: true })
            {
                // This calls listeners too.
                _ = Guarded(meter, () => Activity.Current = current);
            }
        }
    }

    private static Activity? Guarded(StreamMeter meter, Func<Activity?> work)
    {
        try
        {
            return work();
        }
        catch (Exception failure)
        {
            meter.OnListenerFailed(failure);
            return null;
        }
    }
}
