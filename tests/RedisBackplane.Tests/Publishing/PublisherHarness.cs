namespace RedisBackplane.Tests.Publishing;

/// <summary>A publisher with a clock, a Redis and counters in the hand of the test.</summary>
internal sealed class PublisherHarness : IDisposable
{
    public static readonly PublisherLimits Limits = new()
    {
        MaxBatchMessages = 100,
        MaxBatchBytes = 64 * 1024,
        MaxMessageBytes = 512 * 1024,
        MaxCallsInFlight = 4,
        MaxQueueMessages = 1000,
        MaxQueueBytes = 1024 * 1024,
        QueuePolicy = QueuePolicy.Wait,
        PublishTimeout = TimeSpan.FromSeconds(10),
        RepublishMaxBytes = 1024 * 1024,
        RepublishWindow = TimeSpan.FromSeconds(30),
    };

    public PublisherHarness(
        PublisherLimits? limits = null,
        bool open = true,
        StreamMeter? meter = null,
        FrameAuthenticator? authenticator = null,
        Func<Exception?>? connectionError = null)
    {
        Counters = new PublishCounters(SignalR);
        var context = TestStream.Context(Logger, Time, authenticator, meter);
        Floor = context.Highest;
        Received = context.Received;
        Publisher = new Publisher(
            context,
            PublisherId.New(),
            limits ?? Limits,
            Sender,
            Counters,
            connectionError,
            judge: error => Judge?.Invoke(error) ?? CallFailure.Other);
        if (open)
        {
            Publisher.Open();
        }
    }

    public Publisher Publisher { get; }

    public Func<Exception, CallFailure>? Judge { get; set; }

    public ScriptedSender Sender { get; } = new();

    public HighestId Floor { get; }

    public ReceivedRun Received { get; }

    public FakeCounters SignalR { get; } = new();

    public PublishCounters Counters { get; }

    public RecordedLogger Logger { get; } = new();

    public TrackedTime Time { get; } = new();

    public IReadOnlyList<SendCall> Calls => Sender.Calls;

    public IEnumerable<ulong> UnansweredNumbers => Sender.Unanswered.Select(call => call.Number);

    public Task Publish(string value) => Publisher.Publish(Messages.Create(value));

    public Task Publish(Message message) => Publisher.Publish(message);

    public Task[] PublishMany(int first, int last) =>
        [.. Enumerable.Range(first, last - first + 1).Select(i => Publish(i.ToString(null as IFormatProvider)))];

    public void Store(params string[] values) => Store(values.Select(value => Messages.Create(value)));

    /// <summary>Publishes messages, each stored under the next id before the next one.</summary>
    public void Store(IEnumerable<Message> messages)
    {
        foreach (var message in messages)
        {
            Publish(message);
            Sender.Last.Stored(Floor.Value + 1);
        }
    }

    /// <summary>Stores every call without an answer, and those that follow.</summary>
    public void StoreAll(ulong first)
    {
        while (Sender.Unanswered is [var call, ..])
        {
            call.Stored(first);
            first += (ulong)call.Request.Count;
        }
    }

    /// <summary>Redis knows only batches up to a number, says the last call. The rest is then sent again.</summary>
    public void Forget(ulong known = 0)
    {
        Sender.Last.Reply(BatchOutcome.Forgotten, known);
        PassRetry();
    }

    /// <summary>Long enough for whatever is tried again.</summary>
    public void PassRetry() => Time.Advance(TimeSpan.FromSeconds(1.25));

    public void AssertIdle()
    {
        Assert.Equal((0, 0, 0), (Counters.QueueMessages, Counters.QueueBytes, SignalR.ScaleoutSendQueueLength.RawValue));
        Assert.True(Publisher.WhenDrained().IsCompleted);
        Assert.False(Publisher.HasCallsInFlight);
    }

    public void Dispose() => Publisher.Dispose();
}
