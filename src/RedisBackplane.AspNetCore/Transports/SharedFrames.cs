using System.Runtime.CompilerServices;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNet.SignalR.Transports;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>
/// The recent frames that several connections share: connections with the same cursor and the same messages. A frame is
/// made when the second connection needs it, so a message to one connection costs little here. A large frame is kept
/// only while it is being sent. Thread-safe.
/// </summary>
internal sealed class SharedFrames
{
    // The number of slots and the size of the largest frame that they keep limit the memory.
    private const int Slots = 64;
    private const int LargestKept = 64 * 1024;

    // A hash of what the last connection needed that found no frame.
    private readonly int[] _seen = new int[Slots];
    private readonly Frame?[] _frames = new Frame?[Slots];

    // Only those that send the bytes keep them, and the bytes keep the frame.
    private readonly WeakReference<byte[]>?[] _large = new WeakReference<byte[]>?[Slots];
    private readonly ConditionalWeakTable<byte[], Frame> _framesOfLarge = [];

    /// <param name="first">The first message of the response.</param>
    /// <param name="head">The beginning of the connection's frame, up to the messages.</param>
    public byte[]? Find(Message first, PersistentResponse response, ReadOnlySpan<byte> head)
    {
        var slot = SlotOf(first);
        if (Volatile.Read(ref _frames[slot]) is { } frame && frame.IsFor(response, head))
        {
            return frame.Bytes;
        }

        return Volatile.Read(ref _large[slot]) is { } large
            && large.TryGetTarget(out var bytes)
            && _framesOfLarge.TryGetValue(bytes, out frame)
            && frame.IsFor(response, head)
                ? bytes
                : null;
    }

    /// <summary>
    /// Keeps a frame for later connections, if another connection needed the same one before this one did.
    /// </summary>
    public byte[]? Add(Message first, PersistentResponse response, ReadOnlySpan<byte> bytes, int head)
    {
        var slot = SlotOf(first);
        var needed = HashOf(first, bytes[..head]);
        if (Volatile.Read(ref _seen[slot]) != needed)
        {
            Volatile.Write(ref _seen[slot], needed);
            return null;
        }

        var frame = new Frame(Flatten(response), bytes.ToArray(), head);
        if (bytes.Length <= LargestKept)
        {
            Volatile.Write(ref _frames[slot], frame);
        }
        else
        {
            _framesOfLarge.Add(frame.Bytes, frame);
            Volatile.Write(ref _large[slot], new WeakReference<byte[]>(frame.Bytes));
        }

        return frame.Bytes;
    }

    private static int HashOf(Message first, ReadOnlySpan<byte> head)
    {
        var hash = default(HashCode);
        hash.Add(RuntimeHelpers.GetHashCode(first));
        hash.AddBytes(head);
        return hash.ToHashCode();
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
