using System.Diagnostics;
using RedisBackplane.Tests.Publishing;

namespace RedisBackplane.Tests.Telemetry;

/// <summary>Activities of publishes, and those of other servers that are linked to them.</summary>
[Collection(Undisturbed.Name)]
public sealed class BackplaneTracingTests
{
    private readonly string _appName = "tracing-" + Guid.NewGuid().ToString("N");
    private readonly StreamMeter _meter;
    private readonly RecordedSink _inner = new();
    private readonly ObservedSink _sink;

    public BackplaneTracingTests()
    {
        _meter = new StreamMeter(_appName, new MetricTags(_appName, 0, 2), new RecordedLogger());
        _sink = new ObservedSink(_inner, _meter, TimeProvider.System);
        _sink.Start(0);
    }

    [Fact]
    public async Task Publish_NobodyListens_LeavesNoTraceInTheFrame()
    {
        using var harness = new PublisherHarness(meter: _meter);
        var publish = harness.Publish("1");
        harness.Calls[0].Stored();
        await publish.Bounded();

        Assert.False(Frames.OfBody(harness.Calls[0].Bytes).TryFindExtension(FrameExtension.TraceContext, out _));
    }

    [Fact]
    public void Publish_Sampled_IsAnActivityOfAProducerUntilItIsStored()
    {
        using var activities = new RecordedActivities(_appName);
        using var caller = new Activity("caller").Start();
        using var harness = new PublisherHarness(meter: _meter);

        _ = harness.Publish("hello");
        Assert.Same(caller, Activity.Current);
        Assert.Empty(activities.Stopped);
        harness.Calls[0].Stored();

        var publish = Assert.Single(activities.Stopped);
        Assert.Equal(("publish " + _appName, ActivityKind.Producer), (publish.DisplayName, publish.Kind));
        Assert.Equal(caller.SpanId, publish.ParentSpanId);
        Assert.Equal(ActivityStatusCode.Unset, publish.Status);
        var tags = publish.TagObjects.ToDictionary(tag => tag.Key, tag => tag.Value);
        Assert.Equal(
            ("redis", _appName, "2", "publish", "send", 5),
            (tags[MetricTags.System], tags[MetricTags.Destination], tags[MetricTags.Partition], tags[MetricTags.OperationName],
                tags[MetricTags.OperationType], tags["messaging.message.body.size"]));
    }

    /// <summary>A request starts a loop that publishes, and ends.</summary>
    [Fact]
    public async Task Publish_TheCallersActivityHasEnded_StaysTheParentOfEachAndCurrent()
    {
        using var activities = new RecordedActivities(_appName);
        using var caller = new Activity("caller").Start();
        using var harness = new PublisherHarness(meter: _meter);
        // In another context, so that this one keeps it.
        await Task.Run(caller.Stop);

        for (var i = 0; i < 3; i++)
        {
            _ = harness.Publish("tick");
            Assert.Same(caller, Activity.Current);
            harness.Calls[i].Stored((ulong)i + 1);
        }

        Assert.Same(caller, Activity.Current);
        Assert.All(activities.Stopped, publish => Assert.Equal(caller.SpanId, publish.ParentSpanId));
        Assert.Equal(3, activities.Stopped.Count);
    }

    [Fact]
    public void Publish_Refused_IsAnActivityWithTheError()
    {
        using var activities = new RecordedActivities(_appName);
        using var harness = new PublisherHarness(PublisherHarness.Limits with { MaxQueueMessages = 1 }, open: false, _meter);

        _ = harness.Publish("1");
        _ = harness.Publish("2");

        var refused = Assert.Single(activities.Stopped);
        Assert.Equal(ActivityStatusCode.Error, refused.Status);
        Assert.Contains("full", refused.StatusDescription, StringComparison.Ordinal);
        Assert.Equal(typeof(BackplaneQueueFullException).FullName, refused.GetTagItem(MetricTags.ErrorType));
    }

    [Fact]
    public async Task Frame_OfTracedPublishes_IsAnActivityLinkedToThem()
    {
        using var activities = new RecordedActivities(_appName);
        using var harness = new PublisherHarness(meter: _meter, open: false);
        _ = harness.PublishMany(1, 3);
        harness.Publisher.Open();
        harness.Calls[0].Stored();
        await Eventually.BecomesTrueAsync(() => activities.Stopped.Count == 3, "three publishes ended");
        var publishes = activities.Stopped;

        Activity? currentInSink = null;
        _inner.OnAppend = () => currentInSink = Activity.Current;
        using var besides = new Activity("what the thread does besides").Start();
        _sink.Append(Frames.OfBody(harness.Calls[0].Bytes));

        var receive = Assert.Single(activities.Stopped, activity => activity.Kind == ActivityKind.Consumer);
        Assert.Equal("receive " + _appName, receive.DisplayName);
        Assert.Equal(
            publishes.Select(publish => $"{publish.TraceId} {publish.SpanId}").OrderBy(id => id, StringComparer.Ordinal),
            receive.Links.Select(link => $"{link.Context.TraceId} {link.Context.SpanId}").OrderBy(id => id, StringComparer.Ordinal));
        Assert.All(receive.Links, link => Assert.True(link.Context.IsRemote));
        Assert.Equal((default, 3), (receive.ParentSpanId, receive.GetTagItem("messaging.batch.message_count")));
        Assert.Same(besides, Activity.Current);
        Assert.Same(besides, currentInSink);
    }

    [Fact]
    public void Frame_OfMorePublishesThanItMayCarry_CarriesTheFirst()
    {
        using var activities = new RecordedActivities(_appName);
        using var harness = new PublisherHarness(meter: _meter, open: false);
        _ = harness.PublishMany(1, 50);
        harness.Publisher.Open();

        Assert.Equal(TraceContexts.Max, TraceContexts.Read(Frames.OfBody(harness.Calls[0].Bytes)).Count);
    }

    [Fact]
    public void Frame_OfPublishesThatWereNotRecorded_CarriesNothing()
    {
        using var activities = new RecordedActivities(_appName, ActivitySamplingResult.PropagationData);
        using var harness = new PublisherHarness(meter: _meter);
        _ = harness.Publish("1");

        Assert.False(Frames.OfBody(harness.Calls[0].Bytes).TryFindExtension(FrameExtension.TraceContext, out _));
    }

#if NET
    [Fact]
    public void Listener_ThrowsWhenTheCurrentActivityChanges_NeitherFramesNorPublishesAreLost()
    {
        using var activities = new RecordedActivities(_appName);
        using var caller = new Activity("caller").Start();
        using var harness = new PublisherHarness(meter: _meter);
        Activity.CurrentChanged += Throw;
        try
        {
            _sink.Append(Traced(1));
            _ = harness.Publish("hello");
        }
        finally
        {
            Activity.CurrentChanged -= Throw;
        }

        Assert.Single(_inner.FirstIds);
        Assert.Single(harness.Calls);
        Assert.Same(caller, Activity.Current);

        static void Throw(object? sender, ActivityChangedEventArgs e) => throw new InvalidOperationException("The listener is broken.");
    }
#endif

    [Fact]
    public void Frame_WhoseDeliveryThrows_IsAnActivityWithTheError()
    {
        using var activities = new RecordedActivities(_appName);
        var error = new InvalidOperationException("no room");
        _inner.OnAppend = () => throw error;

        Assert.Same(error, Assert.Throws<InvalidOperationException>(() => _sink.Append(Traced(1))));

        var receive = Assert.Single(activities.Stopped);
        Assert.Equal((ActivityStatusCode.Error, "no room"), (receive.Status, receive.StatusDescription));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(24, 0)]
    [InlineData(25, 1)]
    [InlineData(60, 2)]
    [InlineData(25 * 1000, TraceContexts.Max)]
    public void Read_BytesOfAnyLength_GivesWholeContextsAndNotTooMany(int length, int contexts) =>
        Assert.Equal(contexts, TraceContexts.Read(With([.. Enumerable.Repeat((byte)1, length)])).Count);

    [Fact]
    public void Read_ContextOfZeros_IsPassedOver()
    {
        byte[] noTrace = [.. new byte[16], .. Enumerable.Repeat((byte)1, 9)];
        byte[] noSpan = [.. Enumerable.Repeat((byte)1, 16), .. new byte[8], 1];
        byte[] context = [.. Enumerable.Repeat((byte)2, 24), 0xFF];

        var read = Assert.Single(TraceContexts.Read(With([.. noTrace, .. noSpan, .. context])));

        Assert.Equal(("02020202020202020202020202020202", "0202020202020202"), (read.TraceId.ToHexString(), read.SpanId.ToHexString()));
        Assert.Equal(ActivityTraceFlags.Recorded, read.TraceFlags);
    }

#if NET
    [Fact]
    public void NobodyListens_PublishAndFrames_AllocateNothing()
    {
        var message = Messages.Create();
        var frame = Traced(1);
        Assert.False(BackplaneTracing.IsListening || StreamMeter.IsMeasuringFrames || StreamMeter.IsMeasuringBatches);

        var allocated = Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                _sink.Append(frame);
                Assert.Null(BackplaneTracing.StartPublish(_meter, message));
            }
        });

        Assert.Equal(0, allocated);
    }
#endif

    private static Frame Traced(byte id) => With([.. Enumerable.Repeat(id, 25)]);

    private static Frame With(byte[] content)
    {
        var writer = Frames.Write(Messages.Create());
        writer.Complete(Frames.Publisher, 1, sentAtMicroseconds: 1);
        content.CopyTo(writer.AppendExtension(FrameExtension.TraceContext, content.Length));
        return Frames.Read(writer.ToFrame(0, 1));
    }
}
