using System.Runtime.CompilerServices;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNet.SignalR.Transports;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>
/// The recent frames that several connections share: connections with the same cursor and the same messages. A frame is
/// kept when the second connection needs it, so a message to one connection costs nothing here. Thread-safe.
/// </summary>
internal sealed class SharedFrames
{
    // The number of slots and the size of the largest frame limit the memory.
    private const int Slots = 64;
    private const int LargestFrame = 64 * 1024;

    private readonly Message?[] _seen = new Message?[Slots];
    private readonly Frame?[] _frames = new Frame?[Slots];

    /// <param name="first">The first message of the response.</param>
    /// <param name="head">The beginning of the connection's frame, up to the messages.</param>
    public byte[]? Find(Message first, PersistentResponse response, ReadOnlySpan<byte> head) =>
        Volatile.Read(ref _frames[SlotOf(first)]) is { } frame && frame.IsFor(response, head) ? frame.Bytes : null;

    /// <summary>Keeps a frame for later connections, if this one is not the first to get its messages.</summary>
    public byte[]? Add(Message first, PersistentResponse response, ReadOnlySpan<byte> bytes, int head)
    {
        if (bytes.Length > LargestFrame)
        {
            return null;
        }

        var slot = SlotOf(first);
        if (Volatile.Read(ref _seen[slot]) != first)
        {
            Volatile.Write(ref _seen[slot], first);
            return null;
        }

        var frame = new Frame(Flatten(response), bytes.ToArray(), head);
        Volatile.Write(ref _frames[slot], frame);
        return frame.Bytes;
    }

    private static int SlotOf(Message first) => RuntimeHelpers.GetHashCode(first) % Slots;

    private static Message[] Flatten(PersistentResponse response)
    {
        var messages = new List<Message>();
        foreach (var segment in response.Messages)
        {
            messages.AddRange(segment.AsSpan());
        }

        return [.. messages];
    }

    private sealed class Frame(Message[] messages, byte[] bytes, int head)
    {
        public byte[] Bytes { get; } = bytes;

        public bool IsFor(PersistentResponse response, ReadOnlySpan<byte> otherHead)
        {
            if (!otherHead.SequenceEqual(Bytes.AsSpan(0, head)))
            {
                return false;
            }

            var next = 0;
            for (var i = 0; i < response.Messages.Count; i++)
            {
                foreach (var message in response.Messages[i].AsSpan())
                {
                    if (next == messages.Length || messages[next++] != message)
                    {
                        return false;
                    }
                }
            }

            return next == messages.Length;
        }
    }
}
