using System.Threading.Channels;
using RedisBackplane.Tool.Farms;
using RedisBackplane.Tool.Messages;
using RedisBackplane.Tool.Output;
using RedisBackplane.Wire;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Monitoring;

/// <summary>
/// Listens to a farm's channel and writes what comes. A terminal may be slower than a farm: what it cannot follow is left out, and said, so
/// that neither memory here nor a buffer in Redis grows.
/// </summary>
internal sealed class ChannelMonitor(FarmAddress farm, Screen screen, MessageFilter filter)
{
    private const int MaxFramesWaiting = 4096;

    private readonly MessageWriter _writer = new(screen);
    private readonly FrameAssembly _assembly = new();
    private readonly Channel<Frame> _frames =
        Channel.CreateBounded<Frame>(new BoundedChannelOptions(MaxFramesWaiting) { SingleReader = true });
    private long _leftOut;

    /// <summary>Runs until cancelled, or until it has written as many as are wanted.</summary>
    public async Task RunAsync(IConnectionMultiplexer connection, int? wanted, CancellationToken cancellationToken)
    {
        connection.ConnectionFailed += (_, e) =>
            screen.Remark($"The connection to Redis failed ({e.FailureType}); waiting until it is back.");
        connection.ConnectionRestored += (_, e) =>
            screen.Remark("The connection to Redis is back. What was sent meanwhile: see the command history.");
        var queue = await connection.GetSubscriber().SubscribeAsync(await farm.FindChannelAsync(connection));
        queue.OnMessage(message => OnPayload((byte[]?)message.Message ?? []));
        screen.Remark($"Listening to {farm.Names.Channel} on {farm.Servers}. Ctrl-C ends it.");
        try
        {
            var shown = 0;
            await foreach (var frame in _frames.Reader.ReadAllAsync(cancellationToken))
            {
                foreach (var message in SeenMessage.Of(frame, filter.WithValues).Where(filter.Wants))
                {
                    _writer.Write(message);
                    if (++shown == wanted)
                    {
                        return;
                    }
                }

                if (Interlocked.Exchange(ref _leftOut, 0) is > 0 and var leftOut)
                {
                    screen.Remark($"{leftOut} frames came faster than they could be shown, and were left out.");
                }
            }
        }
        finally
        {
            await queue.UnsubscribeAsync();
        }
    }

    private void OnPayload(byte[] payload)
    {
        if (_assembly.TryComplete(payload, out var frame, out var reason))
        {
            if (!_frames.Writer.TryWrite(frame))
            {
                Interlocked.Increment(ref _leftOut);
            }
        }
        else if (reason is not null)
        {
            screen.Remark($"{payload.Length} bytes that are no frame: {reason}.");
        }
    }
}
