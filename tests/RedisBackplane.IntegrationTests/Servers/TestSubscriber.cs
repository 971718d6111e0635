using ISubscriber = Microsoft.AspNet.SignalR.Messaging.ISubscriber;

namespace RedisBackplane.IntegrationTests.Servers;

/// <summary>Subscribes to keys like a connection of SignalR, and keeps the messages in order. Thread-safe.</summary>
public sealed class TestSubscriber : ISubscriber, IDisposable
{
    // The same number as SignalR's own connections.
    private const int MaxMessages = 5000;

    private readonly object _lock = new();
    private readonly List<ReceivedMessage> _received = [];
    private readonly List<(Func<List<ReceivedMessage>, bool> Condition, TaskCompletionSource<bool> Reached)> _waiting = [];
    private readonly IDisposable _subscription;

    /// <param name="cursor">
    /// The cursor of an earlier subscriber, from <see cref="ReadCursor"/>; null for new messages only.
    /// </param>
    public TestSubscriber(IMessageBus bus, string? cursor, IReadOnlyList<string> keys)
    {
        EventKeys = [.. keys];
        _subscription = bus.Subscribe(this, cursor, Take, MaxMessages, null);
    }

    // The keys never change.
    event Action<ISubscriber, string>? ISubscriber.EventKeyAdded
    {
        add { }
        remove { }
    }

    event Action<ISubscriber, string>? ISubscriber.EventKeyRemoved
    {
        add { }
        remove { }
    }

    public IList<string> EventKeys { get; }

    public Action<TextWriter>? WriteCursor { get; set; }

    public string Identity { get; } = Guid.NewGuid().ToString("N");

    public Subscription? Subscription { get; set; }

    /// <summary>Called for every message, in order.</summary>
    public Action<Message>? OnMessage { get; init; }

    /// <summary>Its answer to messages; by default it wants more.</summary>
    public Func<Task<bool>> Answer { get; init; } = static () => Task.FromResult(true);

    /// <summary>Messages are not kept: <see cref="OnMessage"/> alone has them.</summary>
    public bool IsForgetful { get; init; }

    public IReadOnlyList<ReceivedMessage> Received
    {
        get
        {
            lock (_lock)
            {
                return [.. _received];
            }
        }
    }

    public IEnumerable<string> Values => Received.Select(message => message.Value);

    /// <summary>Waits for a number of messages, and returns all of them.</summary>
    public Task<IReadOnlyList<ReceivedMessage>> WaitForAsync(int count, TimeSpan? timeout = null) =>
        WaitAsync(received => received.Count >= count, $"a subscriber has {count} messages", timeout);

    /// <summary>Waits for a message with this value, and returns all messages.</summary>
    public Task<IReadOnlyList<ReceivedMessage>> WaitUntilAsync(string value, TimeSpan? timeout = null) =>
        WaitAsync(received => received.FindLast(message => message.Value == value) is not null, $"a subscriber has '{value}'", timeout);

    /// <summary>Its cursor, as a client would keep it.</summary>
    public string ReadCursor()
    {
        using var writer = new StringWriter();
        WriteCursor!(writer);
        return writer.ToString();
    }

    public void Dispose() => _subscription.Dispose();

    private Task<bool> Take(MessageResult result, object? state)
    {
        List<TaskCompletionSource<bool>> reached;
        lock (_lock)
        {
            foreach (var segment in result.Messages)
            {
                for (var i = 0; i < segment.Count; i++)
                {
                    if (!IsForgetful)
                    {
                        _received.Add(Copy(segment.Array![segment.Offset + i]));
                    }

                    OnMessage?.Invoke(segment.Array![segment.Offset + i]);
                }
            }

            reached = [.. _waiting.Where(waiter => waiter.Condition(_received)).Select(waiter => waiter.Reached)];
            _waiting.RemoveAll(waiter => reached.Contains(waiter.Reached));
        }

        reached.ForEach(waiter => waiter.SetResult(true));
        return result.Terminal ? Task.FromResult(false) : Answer();
    }

    private async Task<IReadOnlyList<ReceivedMessage>> WaitAsync(
        Func<List<ReceivedMessage>, bool> condition, string what, TimeSpan? timeout)
    {
        var reached = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (condition(_received))
            {
                return [.. _received];
            }

            _waiting.Add((condition, reached));
        }

        try
        {
            await Eventually.CompletesAsync(reached.Task, what, timeout);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message} It has {Received.Count} messages.", exception);
        }

        return Received;
    }

    private static ReceivedMessage Copy(Message message) => new()
    {
        Id = message.MappingId,
        Stream = message.StreamIndex,
        Source = message.Source,
        Key = message.Key,
        Value = message.GetString(),
        CommandId = message.CommandId,
        Filter = message.Filter,
        WaitForAck = message.WaitForAck,
        IsAck = message.IsAck,
    };
}
