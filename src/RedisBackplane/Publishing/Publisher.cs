using System.Diagnostics;
using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Streams;
using RedisBackplane.Telemetry;
using RedisBackplane.Timing;
using RedisBackplane.Wire;

namespace RedisBackplane.Publishing;

/// <summary>
/// Sends the messages of one stream to Redis, in order and in batches. Messages that are published while calls are in
/// flight go together with the next call (group commit). A batch whose call fails is sent again until it is stored or
/// times out. If Redis has lost its memory, recently confirmed batches are sent again, too. Redis recognises a batch
/// that it already has. Thread-safe.
/// </summary>
/// <remarks>
/// Its parts <c>.Calls.cs</c>, <c>.Recovery.cs</c>, <c>.Doubtful.cs</c> and <c>.Eviction.cs</c> have their own fields.
/// </remarks>
internal sealed partial class Publisher : IDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMilliseconds(400);

    private readonly object _gate = new();
    private readonly StreamContext _context;
    private readonly PublisherId _id;
    private readonly PublisherLimits _limits;
    private readonly PublisherErrors _errors;
    private readonly IBatchSender _sender;
    private readonly PublishCounters _counters;
    private readonly BatchQueue _queue;
    private readonly ConfirmedBatches _confirmed;
    private readonly MissingRecord _missingRecord;
    private readonly SendReports _reports;
    private readonly Admission _admission;
    private readonly DrainSignal _drained;
    private readonly Backoff _backoff;
    private readonly ITimer _retryTimer;
    private readonly RestingTimer _expiryTimer;
    private readonly long _batchWindow;
    private bool _isOpen;
    private Exception? _lastError;
    private bool _disposed;

    /// <param name="id">Names the publisher to Redis and in its frames.</param>
    /// <param name="connectionError">
    /// Returns the reason why there is no connection, for the text of an exception.
    /// </param>
    /// <param name="judge">Decides what the failure of a call says about its batch.</param>
    public Publisher(
        StreamContext context,
        PublisherId id,
        PublisherLimits limits,
        IBatchSender sender,
        PublishCounters counters,
        Func<Exception?>? connectionError = null,
        Func<Exception, CallFailure>? judge = null)
    {
        _judge = judge ?? (static _ => CallFailure.Other);
        _context = context;
        _id = id;
        _limits = limits;
        _errors = new PublisherErrors(context.Name, limits, connectionError ?? (static () => null));
        _sender = sender;
        _counters = counters;
        _drained = new DrainSignal(context.Time);
        _queue = new BatchQueue(limits);
        _confirmed = new ConfirmedBatches(limits.RepublishMaxBytes);
        _missingRecord = new MissingRecord(context);
        _reports = new SendReports(context);
        _admission = new Admission(limits, _queue, _errors, counters);
        _batchWindow = _context.Time.Timestamp(limits.BatchWindow);
        _backoff = new Backoff(FirstRetry, LongestRetry, context.Jitter);
        _retryTimer = context.Time.CreateTimer(_ => Recover(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _expiryTimer = new RestingTimer(
            context.Time, TimeSpan.FromTicks(Math.Min(limits.PublishTimeout.Ticks / 10, TimeSpan.TicksPerSecond)), Expire);
    }

    /// <summary>
    /// Why the last call failed; null after a call has succeeded, or if nothing waits after an outage.
    /// </summary>
    public Exception? LastError => Volatile.Read(ref _lastError);

    /// <returns>
    /// A task that completes when Redis has stored the message, or fails with a <see cref="BackplaneException"/>. The
    /// small messages of a batch share it.
    /// </returns>
    public Task Publish(Message message)
    {
        var meter = _context.Meter;
        var activity = meter is null ? null : BackplaneTracing.StartPublish(meter, message);
        var completion = Enqueue(message, activity);
        if (activity is not null)
        {
            BackplaneTracing.StopWith(meter!, activity, completion);
        }

        return completion;
    }

    /// <summary>Starts sending. Call it after the channel is subscribed: this server receives what it sends.</summary>
    public void Open()
    {
        // Redis may have lost its memory while the connection was away.
        Verify();
        bool mustWaitForRetryTimer;
        lock (_gate)
        {
            _isOpen = true;

            // An oversized batch may be cutting the connection. Then the retry timer sends it again after the backoff.
            mustWaitForRetryTimer = _queue.IsInterrupted && _suspicion.IsCareful;
        }

        if (!mustWaitForRetryTimer)
        {
            Recover();
        }
    }

    /// <summary>Stops sending batches until <see cref="Open"/>. Batches in flight may still arrive.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isOpen = false;
        }
    }

    /// <summary>Whether a call to Redis has no answer yet.</summary>
    public bool HasCallsInFlight
    {
        get
        {
            lock (_gate)
            {
                return _queue.HasCallsInFlight;
            }
        }
    }

    /// <summary>Increases when Redis confirms a batch. An answer that refuses one does not count.</summary>
    public long BatchesConfirmed => _counters.SentBatches.Value;

    /// <summary>Completes when the queue is empty.</summary>
    public Task WhenDrained()
    {
        lock (_gate)
        {
            return _queue.IsEmpty ? Task.CompletedTask : _drained.Wait();
        }
    }

    /// <summary>Fails all batches in the queue. Later publishes fail at once.</summary>
    public void Dispose()
    {
        List<Batch> rest;
        Exception? error;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            error = _lastError;
            rest = _queue.TakeAll();
            _confirmed.Clear();
            ReportQueue();
        }

        _retryTimer.Dispose();
        _expiryTimer.Dispose();
        var (unsentReason, unconfirmedReason) = (_errors.Disposed(error), _errors.DisposedInFlight(error));
        var failed = PublisherErrors.Fail(rest, batch => batch.Number == 0 ? unsentReason : unconfirmedReason);
        if (failed > 0)
        {
            var unsent = rest.Where(static batch => batch.Number == 0).Sum(static batch => batch.Count);
            PublishingLog.DisposedWithMessages(_context.Logger, _context.Name, unsent, failed - unsent);
        }
    }

    private Task Enqueue(Message message, Activity? activity)
    {
        Task completion;
        Call? call;
        var size = FrameWriter.MaxSizeOf(message);
        lock (_gate)
        {
            if (Refuse(message, size) is { } refusal)
            {
                return PublisherErrors.Failed(refusal);
            }

            var batch = _queue.Add(message, size, _context.Time.GetTimestamp(), _batchWindow);
            if (activity is { Recorded: true, IdFormat: ActivityIdFormat.W3C })
            {
                batch.Trace(activity.Context);
            }

            _counters.Queued(_queue.Messages, _queue.Bytes);
            _expiryTimer.Run();
            var own = batch.OwnCompletion(size);
            call = TryBeginCall();
            completion = own ?? batch.Completion;
        }

        Issue(call);
        return completion;
    }

    private BackplaneException? Refuse(Message message, long size) =>
        _disposed ? _errors.Disposed(null) : _admission.Refuse(message, size, !_isOpen || _queue.IsInterrupted, _lastError);

    // Redis has confirmed a batch. Returns whether sending had failed before.
    private bool EndFailure()
    {
        var hadFailed = _lastError is not null;
        _lastError = null;
        _backoff.Reset();
        return hadFailed;
    }

    // If nothing waits, no call would show that a failure is over.
    private bool EndOutage() => _isOpen && _queue.IsEmpty && !IsVerifying && EndFailure();

    private void ReportQueue()
    {
        _counters.Queued(_queue.Messages, _queue.Bytes);
        if (_queue.IsEmpty)
        {
            _drained.Set();
        }
    }
}
