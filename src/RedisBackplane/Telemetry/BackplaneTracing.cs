using System.Diagnostics;
using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Wire;

namespace RedisBackplane.Telemetry;

/// <summary>
/// The source of activities: one for each publish that a listener samples, and on every server one for each frame that carries such
/// publishes, linked to them. While nobody listens it costs a look at a field.
/// </summary>
internal static class BackplaneTracing
{
    private static readonly ActivitySource Source = new(BackplaneTelemetry.ActivitySourceName, BackplaneTelemetry.Version);

    public static bool IsListening => Source.HasListeners();

    /// <summary>
    /// Begins the activity of a publish, if a listener wants it. It is not made the current one: the publish ends elsewhere.
    /// </summary>
    public static Activity? StartPublish(MetricTags tags, Message message)
    {
        if (!IsListening)
        {
            return null;
        }

        var current = Activity.Current;
        var activity = Source.StartActivity(tags.PublishName, ActivityKind.Producer, default(ActivityContext), tags.Publish);
        Activity.Current = current;
        activity?.SetTag("messaging.message.body.size", message.Value.Count);
        return activity;
    }

    /// <summary>Ends the activity of a publish with its task.</summary>
    public static void StopWith(Activity activity, Task completion) => _ = completion.ContinueWith(
        static (task, state) =>
        {
            var activity = (Activity)state!;
            if (task.Exception?.InnerException is { } exception)
            {
                Fail(activity, exception);
            }

            activity.Stop();
        },
        activity,
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    /// <summary>
    /// Begins the activity of a frame, if a listener wants it and the frame carries traced publishes. It has no parent, whatever the
    /// receiving thread does besides, and is not made the current one: what is delivered next belongs to clients of their own.
    /// </summary>
    public static Activity? StartReceive(MetricTags tags, in Frame frame)
    {
        if (TraceContexts.Read(frame) is not { Count: > 0 } contexts)
        {
            return null;
        }

        var current = Activity.Current;
        Activity.Current = null;
        var links = contexts.Select(static context => new ActivityLink(context)).ToArray();
        var activity = Source.StartActivity(tags.ReceiveName, ActivityKind.Consumer, default(ActivityContext), tags.Receive, links);
        Activity.Current = current;
        activity?.SetTag("messaging.batch.message_count", frame.Header.Count);
        return activity;
    }

    /// <summary>Ends an activity and leaves the current one as it is.</summary>
    public static void Stop(Activity? activity, Exception? exception = null)
    {
        if (activity is null)
        {
            return;
        }

        if (exception is not null)
        {
            Fail(activity, exception);
        }

        var current = Activity.Current;
        activity.Stop();
        Activity.Current = current;
    }

    private static void Fail(Activity activity, Exception exception)
    {
        activity.SetTag(MetricTags.ErrorType, exception.GetType().FullName);
        activity.SetStatus(ActivityStatusCode.Error, exception.Message);
    }
}
