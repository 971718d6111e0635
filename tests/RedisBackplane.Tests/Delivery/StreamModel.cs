namespace RedisBackplane.Tests.Delivery;

/// <summary>
/// The behaviour of the delivery rooms in its simplest form: a list of all messages, and for each client a walk through
/// it from its start. Reconnects are not modelled: a client that comes back with its cursor has missed nothing and gets
/// nothing twice.
/// </summary>
internal sealed class StreamModel
{
    private readonly List<(ulong Id, string Key, string? Command)> _messages = [];
    private ulong _nextId;

    public StreamModel(ulong firstId) => _nextId = firstId;

    public List<Frame> Frames { get; } = [];

    public ulong LastId => _nextId - 1;

    public void Publish(IReadOnlyCollection<(string Key, string? Command)> messages, ulong jump, bool withOneId = false)
    {
        var previousId = LastId;
        _nextId += jump;
        Message[] written = [.. messages.Select(m => Message(m.Key, m.Command))];
        Frames.Add(withOneId ? TestFrames.WithOneId(previousId, _nextId, written) : TestFrames.CreateAt(previousId, _nextId, 0, written));
        foreach (var (key, command) in messages)
        {
            _messages.Add((_nextId, key, command));
            _nextId += withOneId ? 0u : 1u;
        }

        _nextId += withOneId ? 1u : 0u;
    }

    /// <summary>The ids that a client gets if it followed these keys after that id.</summary>
    public List<ulong> Expect(IEnumerable<string> keys, ulong after)
    {
        var followed = new HashSet<string>(keys, StringComparer.Ordinal);
        var expected = new List<ulong>();
        var commands = new List<string>();
        var last = 0UL;
        foreach (var (id, key, command) in _messages)
        {
            if (id != last)
            {
                // After all messages that share an id.
                commands.ForEach(text => Obey(text, followed));
                commands.Clear();
                last = id;
            }

            if (id > after && followed.Contains(key))
            {
                expected.Add(id);
                if (command is not null)
                {
                    commands.Add(command);
                }
            }
        }

        return expected;
    }

    private static void Obey(string command, HashSet<string> followed)
    {
        if (command.StartsWith("add|", StringComparison.Ordinal))
        {
            followed.Add(command.Substring(4));
        }
        else
        {
            followed.Remove(command.Substring(7));
        }
    }

    private static Message Message(string key, string? command) => TestFrames.Message(key, "value of " + key, "s", command);
}
