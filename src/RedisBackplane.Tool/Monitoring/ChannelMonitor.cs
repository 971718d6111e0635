using System.Threading.Channels;
using RedisBackplane.Tool.Farms;
using RedisBackplane.Tool.Messages;
using RedisBackplane.Tool.Output;
using RedisBackplane.Wire;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Monitoring;

/// <summary>
/// Listens to a farm's channels, one for each stream, and writes the messages. A terminal may be slower than a farm.
/// Messages that it cannot show in time are left out, and their number is shown. So neither memory here nor a buffer in
/// Redis grows.
/// </summary>
internal sealed class ChannelMonitor(FarmAddress farm, Screen screen, MessageFilter filter)
{
    private const int MaxFramesWaiting = 4096;

    // Servers tell each other as often how many streams they use.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(2);

    private readonly MessageWriter _writer = new(screen);
    private readonly Channel<(int Stream, Frame Frame)> _frames =
        Channel.CreateBounded<(int, Frame)>(new BoundedChannelOptions(MaxFramesWaiting) { SingleReader = true });
    private long _leftOut;

    /// <summary>Runs until it is cancelled, or has written the wanted number of messages.</summary>
    public async Task RunAsync(IConnectionMultiplexer connection, int? wanted, CancellationToken cancellationToken)
    {
        connection.ConnectionFailed += (_, e) =>
            screen.Remark($"The connection to Redis failed ({e.FailureType}); waiting until it is back.");
        connection.ConnectionRestored += (_, e) =>
            screen.Remark("The connection to Redis is back. What was sent meanwhile: see the command history.");
        var database = connection.GetDatabase(farm.Database);
        var servers = ServerNames.Of(database, farm);
        var channels = new FarmChannels(farm, connection, OnPayload);
        var first = await channels.FollowAsync();
        screen.Remark($"Listening to {Describe(first)} on {farm.Servers}. Ctrl-C ends it.");
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var following = FollowAsync(channels, ending.Token);
        try
        {
            var shown = 0;
            await foreach (var (stream, frame) in _frames.Reader.ReadAllAsync(cancellationToken))
            {
                var server = await servers.FindAsync(frame.Header.Publisher);
                foreach (var message in SeenMessage.Of(frame, stream, server, filter.WithValues).Where(filter.Wants))
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
            await ending.CancelAsync();
            await following;
        }
    }

    private static string Describe(IEnumerable<RedisChannel> channels) =>
        string.Join(", ", channels.Select(channel => channel.IsSharded ? $"{channel} (sharded)" : channel.ToString()));

    private async Task FollowAsync(FarmChannels channels, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(BetweenLooks);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await FollowOnceAsync(channels, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The monitor ends.
        }
    }

    private async Task FollowOnceAsync(FarmChannels channels, CancellationToken cancellationToken)
    {
        try
        {
            // Ctrl-C must not wait for a Redis that does not answer.
            if (await channels.FollowAsync().WaitAsync(cancellationToken) is { Count: > 0 } added)
            {
                screen.Remark($"Listening to {Describe(added)} as well. What was sent there before: see the command history.");
            }
        }
        catch (Exception exception) when (exception.IsOfRedis())
        {
            // Redis is away for a moment. The next look may find what is new.
        }
    }

    private void OnPayload(int stream, FrameAssembly assembly, byte[] payload)
    {
        if (assembly.TryComplete(payload, out var frame, out var reason))
        {
            if (!_frames.Writer.TryWrite((stream, frame)))
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
