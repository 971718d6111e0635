using ISubscriber = Microsoft.AspNet.SignalR.Messaging.ISubscriber;

namespace RedisBackplane.Tests.Delivery;

/// <summary>
/// A subscriber that behaves like SignalR's <c>Connection</c>: it keeps its own list of keys, and changes groups when a
/// command says so, while the batch is delivered. Commands are <c>add|group</c> and <c>remove|group</c>.
/// </summary>
internal sealed class TestClient : ISubscriber
{
    private readonly object _gate = new();
    private readonly List<(int Stream, ulong Id)> _received = [];

    public TestClient(string identity, params string[] keys)
    {
        Identity = identity;
        EventKeys = new List<string>(keys);
        Groups = [.. keys];
    }

    public event Action<ISubscriber, string>? EventKeyAdded;

    public event Action<ISubscriber, string>? EventKeyRemoved;

    public IList<string> EventKeys { get; set; }

    /// <summary>The keys after all commands, whatever the bus does to <see cref="EventKeys"/>.</summary>
    public HashSet<string> Groups { get; }

    public Action<TextWriter>? WriteCursor { get; set; }

    public string Identity { get; }

    public Subscription Subscription { get; set; } = null!;

    /// <summary>The answer of the callback; by default it wants more.</summary>
    public Func<Task<bool>> Answer { get; set; } = static () => Task.FromResult(true);

    public Action<Message>? OnMessage { get; set; }

    /// <summary>The cursor that came with the last batch.</summary>
    public string? LastCursor { get; private set; }

    public string? Fault { get; private set; }

    public bool GotTerminal { get; private set; }

    public int Batches { get; private set; }

    public int LargestBatch { get; private set; }

    /// <summary>The messages of earlier subscriptions of the same client are the beginning of this list.</summary>
    public List<(int Stream, ulong Id)> Received
    {
        get
        {
            lock (_gate)
            {
                return [.. _received];
            }
        }
    }

    public List<ulong> Ids => [.. Received.Select(message => message.Id)];

    public Task<bool> Callback(MessageResult result, object? state)
    {
        var batch = result.Messages.SelectMany(segment => segment).ToList();
        lock (_gate)
        {
            Batches++;
            LargestBatch = Math.Max(LargestBatch, batch.Count);
            if (batch.Count != result.TotalCount)
            {
                Fault = $"{Identity}: a batch of {batch.Count} says it has {result.TotalCount}";
            }

            for (var i = 0; i < batch.Count; i++)
            {
                _received.Add((batch[i].StreamIndex, batch[i].MappingId));
                OnMessage?.Invoke(batch[i]);
                if (batch[i].IsCommand && !batch[i].IsAck && i < batch.Count - 1 && batch[i + 1].MappingId != batch[i].MappingId)
                {
                    Fault = $"{Identity}: the batch goes on after the command {batch[i].MappingId}";
                }
            }
        }

        foreach (var message in batch)
        {
            if (message.IsCommand && !message.IsAck)
            {
                Obey(message.CommandId);
            }
        }

        if (result.Terminal)
        {
            GotTerminal = true;
            return Task.FromResult(false);
        }

        LastCursor = ReadCursor();
        return Answer();
    }

    public string? ReadCursor()
    {
        if (WriteCursor is not { } write)
        {
            return LastCursor;
        }

        var text = new StringWriter();
        write(text);
        return text.ToString();
    }

    public void RaiseAdded(string key) => EventKeyAdded?.Invoke(this, key);

    public void RaiseRemoved(string key) => EventKeyRemoved?.Invoke(this, key);

    private void Obey(string command)
    {
        var separator = command.IndexOf('|');
        if (separator < 0)
        {
            return;
        }

        var key = command.Substring(separator + 1);
        if (command.StartsWith("add|", StringComparison.Ordinal))
        {
            Groups.Add(key);
            RaiseAdded(key);
        }
        else
        {
            Groups.Remove(key);
            RaiseRemoved(key);
        }
    }
}
