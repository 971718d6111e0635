using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Wire;

namespace RedisBackplane.Tests.Delivery;

/// <summary>
/// What the delivery rooms must do, said in the simplest way: a list of all messages, and for a client a walk through it from where it
/// began. Reconnects do not appear: whoever comes back with its cursor has missed nothing and gets nothing twice.
/// </summary>
internal sealed class StreamModel
{
    private readonly List<(ulong Id, string Key, string? Command)> _messages = [];
    private ulong _nextId;

    public StreamModel(ulong firstId) => _nextId = firstId;

    public List<Frame> Frames { get; } = [];

    public ulong LastId => _nextId - 1;

    public void Publish(IReadOnlyCollection<(string Key, string? Command)> messages, ulong jump)
    {
        var previousId = LastId;
        _nextId += jump;
        Frames.Add(TestFrames.CreateAt(previousId, _nextId, 0, [.. messages.Select(m => Message(m.Key, m.Command))]));
        foreach (var (key, command) in messages)
        {
            _messages.Add((_nextId++, key, command));
        }
    }

    /// <summary>The ids that a client gets which followed these keys after that id.</summary>
    public List<ulong> Expect(IEnumerable<string> keys, ulong after)
    {
        var followed = new HashSet<string>(keys, StringComparer.Ordinal);
        var expected = new List<ulong>();
        foreach (var (id, key, command) in _messages)
        {
            if (id <= after || !followed.Contains(key))
            {
                continue;
            }

            expected.Add(id);
            if (command?.StartsWith("add|", StringComparison.Ordinal) == true)
            {
                followed.Add(command.Substring(4));
            }
            else if (command?.StartsWith("remove|", StringComparison.Ordinal) == true)
            {
                followed.Remove(command.Substring(7));
            }
        }

        return expected;
    }

    private static Message Message(string key, string? command) => TestFrames.Message(key, "value of " + key, "s", command);
}
