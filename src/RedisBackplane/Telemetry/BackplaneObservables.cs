using System.Diagnostics.Metrics;

namespace RedisBackplane.Telemetry;

/// <summary>
/// The instruments that read the counters of the rooms on demand, at no cost for the rooms. Names and attributes follow
/// OpenTelemetry's conventions for messaging, as far as those define them.
/// </summary>
internal static class BackplaneObservables
{
    public static void Create(Meter meter, LiveSet<BusMetrics> buses)
    {
        var streams = new ObservableSet<StreamMetrics>(
            meter, () => buses.Items.SelectMany(bus => bus.Streams), stream => stream.Tags.Common);
        CreatePublishing(streams);
        CreateReceiving(streams);
        CreateDelivery(new ObservableSet<BusMetrics>(meter, () => buses.Items, bus => bus.Tags.Common));
    }

    private static void CreatePublishing(ObservableSet<StreamMetrics> streams)
    {
        streams.Counter(
            "messaging.client.sent.messages", "{message}", "Messages that Redis has stored.",
            stream => stream.Sent.SentMessages.Value, stream => stream.Tags.Publish);
        streams.Counter(
            "redis_backplane.publish.failed", "{message}",
            "Messages whose publish failed: refused because the queue was full or Redis away, timed out, or dropped.", MetricTags.ErrorType,
            ("rejected", stream => stream.Sent.RejectedMessages.Value),
            ("timed_out", stream => stream.Sent.TimedOutMessages.Value),
            ("dropped", stream => stream.Sent.DroppedMessages.Value));
        streams.Counter(
            "redis_backplane.publish.retries", "{call}", "Calls to Redis that failed or came out of turn; each is tried again.",
            stream => stream.Sent.InterruptedCalls.Value);
        streams.Counter(
            "redis_backplane.publish.already_stored", "{batch}", "Batches that were tried again and that Redis had already.",
            stream => stream.Sent.BatchesStoredBefore.Value);
        streams.Counter(
            "redis_backplane.publish.republished", "{message}", "Messages sent again because Redis had lost its memory.",
            stream => stream.Sent.ReplayedMessages.Value);
        streams.Counter(
            "redis_backplane.publish.io", "By", "Bytes of the batches that Redis has stored.", stream => stream.Sent.SentBytes.Value);
        streams.UpDownCounter(
            "redis_backplane.queue.messages", "{message}", "Messages that wait for Redis, those in flight included.",
            stream => stream.Sent.QueueMessages);
        streams.UpDownCounter(
            "redis_backplane.queue.size", "By", "Bytes that wait for Redis, those in flight included.", stream => stream.Sent.QueueBytes);

        // With the unit "1", some exporters would add "ratio" to the name, and others would not.
        streams.Gauge(
            "redis_backplane.queue.utilization", "{queue}",
            "How full the send queue of all streams is, by messages or by bytes, whichever is fuller: 0 to 1.",
            stream => stream.QueueUtilization);
    }

    private static void CreateReceiving(ObservableSet<StreamMetrics> streams)
    {
        streams.Counter(
            "redis_backplane.receive.frames", "{frame}",
            "Frames by what became of them: accepted, duplicate (came twice, delivered once), malformed (no frame of this "
            + "backplane, dropped), foreign (an id above the counter, dropped), unauthenticated (signed by none of the farm's keys, "
            + "dropped).", MetricTags.Outcome,
            ("accepted", stream => stream.Received.Frames.Value),
            ("duplicate", stream => stream.Received.Duplicates.Value),
            ("malformed", stream => stream.Received.Malformed.Value),
            ("foreign", stream => stream.Received.Foreign.Value),
            ("unauthenticated", stream => stream.Received.Unauthenticated.Value));
        streams.Counter(
            "redis_backplane.receive.dropped", "{frame}",
            "Frames dropped because there was no room, to be read from the history: backlog (this process fell behind), held (they "
            + "arrived faster than the history was read).", MetricTags.Reason,
            ("backlog", stream => stream.Received.DroppedBacklog.Value),
            ("held", stream => stream.Received.DroppedHeld.Value));
        streams.Counter(
            "redis_backplane.receive.pauses", "{pause}",
            "Times that messages were left in the history for a while, because subscriptions of this server were behind.",
            stream => stream.Received.Pauses.Value);
        streams.Counter(
            "redis_backplane.receive.gaps", "{gap}",
            "Times that messages were missed: filled from the history, or unfilled because it no longer held them.", MetricTags.Outcome,
            ("filled", stream => stream.Received.GapsFilled.Value),
            ("unfilled", stream => stream.Received.GapsUnfilled.Value));
        streams.Counter(
            "redis_backplane.receive.replayed", "{message}", "Messages fetched from the history.",
            stream => stream.Received.Replayed.Value);
        streams.Counter(
            "redis_backplane.receive.lost", "{message}", "Messages that this server missed for good.",
            stream => stream.Received.Lost.Value);
        streams.Counter(
            "redis_backplane.receive.jumps", "{jump}",
            "Times that the ids restarted higher: Redis lost its memory, or another server took over.",
            stream => stream.Received.Jumps.Value);
        streams.UpDownCounter(
            "redis_backplane.stream.open", "{stream}", "1 while the channel is subscribed, caught up, and messages go out; else 0.",
            stream => stream.IsOpen ? 1 : 0);
    }

    private static void CreateDelivery(ObservableSet<BusMetrics> buses)
    {
        buses.Counter(
            "messaging.client.consumed.messages", "{message}", "Messages that arrived from the backplane.",
            bus => bus.Delivery.ReceivedMessages.Value, bus => bus.Tags.Receive);
        buses.Counter(
            "redis_backplane.receive.unheard", "{message}", "Messages among them whose key nobody on this server listened to.",
            bus => bus.Delivery.UnheardMessages.Value);
        buses.Counter(
            "redis_backplane.delivery.messages", "{message}",
            "Messages handed to subscriptions; one that five subscriptions hear counts five times.",
            bus => bus.Delivery.DeliveredMessages.Value);
        buses.Counter(
            "redis_backplane.delivery.failures", "{frame}", "Frames whose delivery threw.",
            bus => bus.Streams.Sum(stream => stream.Received.Failed.Value));
        buses.Counter(
            "redis_backplane.delivery.overruns", "{overrun}",
            "Times that a subscription missed messages because the log no longer held them.", bus => bus.Delivery.Overruns.Value);
        buses.Counter(
            "redis_backplane.delivery.foreign_cursors", "{cursor}",
            "Cursors that clients sent and that no server of this farm can have given them.", bus => bus.Delivery.ForeignCursors.Value);
        buses.Counter(
            "redis_backplane.delivery.backfills", "{scan}", "Scans of the log for keys that gained a subscriber with an older cursor.",
            bus => bus.Delivery.Backfills.Value);
        buses.UpDownCounter(
            "redis_backplane.log.messages", "{message}", "Messages that this server keeps for its own clients.",
            bus => bus.Delivery.LogMessages.Value);
        buses.UpDownCounter(
            "redis_backplane.log.size", "By", "Bytes of the same, and of what is kept beside them.", bus => bus.Delivery.LogBytes.Value);
        buses.UpDownCounter(
            "redis_backplane.subscriptions", "{subscription}", "Subscriptions: one for each client, and a few of SignalR's own.",
            bus => bus.Delivery.Subscriptions.Value);
        buses.UpDownCounter(
            "redis_backplane.keys", "{key}",
            "Keys (connections, groups, users, hubs) that somebody here listens to, or did a moment ago; counted in each stream.",
            bus => bus.Delivery.IndexedKeys.Value);
        buses.Counter(
            "redis_backplane.reconnects", "{reconnect}", "Times that a connection to Redis came back or was replaced.",
            bus => bus.Reconnects);
    }
}
