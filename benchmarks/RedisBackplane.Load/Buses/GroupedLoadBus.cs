using System.Buffers.Binary;
using RedisBackplane.Load.Nodes;

namespace RedisBackplane.Load.Buses;

/// <summary>
/// The least that a bus with group commit can cost: what is published while a PUBLISH is in flight goes with the next
/// one. Like <see cref="RawLoadBus"/>, it has no SignalR, no ids, no keys and no history, and its publisher does not
/// listen.
/// </summary>
internal sealed class GroupedLoadBus(int port, string channel) : ILoadBus
{
    private readonly RawLoadBus _raw = new(port, channel);
    private readonly Lock _lock = new();
    private Group _waiting = new();
    private bool _isSending;

    public long Pulled => 0;

    public Task ConnectAsync(CancellationToken cancellationToken) => _raw.ConnectAsync(cancellationToken);

    public Task PublishAsync(string key, string source, byte[] payload)
    {
        Task sent;
        lock (_lock)
        {
            _waiting.Add(payload);
            sent = _waiting.Sent.Task;
            if (_isSending)
            {
                return sent;
            }

            _isSending = true;
        }

        _ = SendAsync();
        return sent;
    }

    public void Listen(IEnumerable<DeliveryTracker> trackers)
    {
        var byKey = trackers.ToArray();
        _raw.Listen(message =>
        {
            for (var rest = message.AsSpan(); rest.Length > 0;)
            {
                var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
                RawLoadBus.Deliver(rest.Slice(sizeof(int), length).ToArray(), byKey);
                rest = rest[(sizeof(int) + length)..];
            }
        });
    }

    public void Dispose() => _raw.Dispose();

    private async Task SendAsync()
    {
        while (true)
        {
            Group group;
            lock (_lock)
            {
                if (_waiting.IsEmpty)
                {
                    _isSending = false;
                    return;
                }

                (group, _waiting) = (_waiting, new Group());
            }

            try
            {
                await _raw.PublishAsync(group.ToArray());
                group.Sent.SetResult();
            }
            catch (Exception exception)
            {
                group.Sent.SetException(exception);
            }
        }
    }

    private sealed class Group
    {
        private readonly List<byte[]> _payloads = [];
        private int _bytes;

        public TaskCompletionSource Sent { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsEmpty => _payloads.Count == 0;

        public void Add(byte[] payload)
        {
            _payloads.Add(payload);
            _bytes += sizeof(int) + payload.Length;
        }

        public byte[] ToArray()
        {
            var bytes = new byte[_bytes];
            var rest = bytes.AsSpan();
            foreach (var payload in _payloads)
            {
                BinaryPrimitives.WriteInt32LittleEndian(rest, payload.Length);
                payload.CopyTo(rest[sizeof(int)..]);
                rest = rest[(sizeof(int) + payload.Length)..];
            }

            return bytes;
        }
    }
}
