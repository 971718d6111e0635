#pragma warning disable CA1835 // The overloads that take Memory do not exist on .NET Framework.
using System.Threading.Channels;

namespace RedisBackplane.TestInfrastructure;

/// <summary>One connection through a <see cref="TcpProxy"/>.</summary>
internal sealed class ProxyConnection(TcpClient client, ProxyLane toServer, ProxyLane toClient) : IDisposable
{
    private const int ChunkSize = 16 * 1024;

    // The most bytes in transit in a delayed direction. If there are more, the sender waits.
    private const int MaxChunksUnderWay = 4096;

    private readonly TcpClient _server = new();
    private readonly TaskCompletionSource<bool> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Closes both ends at once; the ends see a reset, not an orderly end.</summary>
    public void Dispose()
    {
        _closed.TrySetResult(true);
        Close(client);
        Close(_server);
    }

    /// <summary>Passes bytes both ways until an end closes, then closes the other.</summary>
    public async Task RunAsync(string host, int port)
    {
        try
        {
            client.NoDelay = true;
            _server.NoDelay = true;
            if (!await TryConnectAsync(host, port).ConfigureAwait(false))
            {
                return;
            }

            // First both, because the connection may be closed at any moment. Then nothing observes a pump that has
            // begun.
            var (near, far) = (client.GetStream(), _server.GetStream());
            var up = PumpAsync(near, far, toServer);
            Observe(up);
            var down = PumpAsync(far, near, toClient);
            Observe(down);

            // On Mono a read does not always end when its socket is closed. So neither is awaited after both sockets
            // are closed.
            await Task.WhenAny(up, down, _closed.Task).ConfigureAwait(false);
            Dispose();
        }
        catch (Exception exception) when (IsConnectionEnd(exception))
        {
            // The server cannot be reached, or one end closed. The other end sees the same.
            Dispose();
        }
    }

    // On .NET Framework a closed TcpClient has no socket, which causes a null reference.
    private static bool IsConnectionEnd(Exception exception) =>
        exception is IOException or SocketException or ObjectDisposedException or InvalidOperationException or NullReferenceException;

    private static void Close(TcpClient end)
    {
        try
        {
            end.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (IsConnectionEnd(exception))
        {
            // Closed already.
            return;
        }

        end.Close();
    }

    // The failure is visible at the other end.
    private static void Observe(Task task) => _ = task.ContinueWith(
        static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    // On Mono an attempt to connect does not end when its socket is closed.
    private async Task<bool> TryConnectAsync(string host, int port)
    {
        var connecting = _server.ConnectAsync(host, port);
        if (await Task.WhenAny(connecting, _closed.Task).ConfigureAwait(false) != connecting)
        {
            Observe(connecting);
            return false;
        }

        await connecting.ConfigureAwait(false);
        return true;
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, ProxyLane lane)
    {
        var options = new BoundedChannelOptions(MaxChunksUnderWay) { SingleReader = true, SingleWriter = true };
        var arguments = new ArgumentSizes();
        var underWay = Channel.CreateBounded<Chunk>(options);
        var writing = WriteAsync(underWay.Reader, to, lane);

        // If reading fails first, nobody awaits this task below.
        Observe(writing);
        try
        {
            while (true)
            {
                var bytes = new byte[ChunkSize];
                var length = await from.ReadAsync(bytes, 0, bytes.Length).ConfigureAwait(false);
                if (length == 0)
                {
                    break;
                }

                if (lane.LargestArgument is var largest and < long.MaxValue && arguments.Exceed(largest, bytes, length))
                {
                    Dispose();
                    break;
                }

                // Waits before the next read, so that the sender's buffers fill as on a slow link.
                var wait = lane.Take(length);
                if (wait > TimeSpan.Zero)
                {
                    await Task.WhenAny(Task.Delay(wait), _closed.Task).ConfigureAwait(false);
                }

                var due = Stopwatch.GetTimestamp() + (long)(lane.Delay.TotalSeconds * Stopwatch.Frequency);
                if (await lane.MayPassAsync(_closed.Task).ConfigureAwait(false))
                {
                    await underWay.Writer.WriteAsync(new Chunk(bytes, length, due)).ConfigureAwait(false);
                }
                else
                {
                    lane.CountSwallowed(length);
                }
            }
        }
        finally
        {
            underWay.Writer.TryComplete();
        }

        await writing.ConfigureAwait(false);
    }

    private async Task WriteAsync(ChannelReader<Chunk> underWay, NetworkStream to, ProxyLane lane)
    {
        while (await underWay.WaitToReadAsync().ConfigureAwait(false))
        {
            while (underWay.TryRead(out var chunk))
            {
                var wait = TimeSpan.FromSeconds((double)(chunk.Due - Stopwatch.GetTimestamp()) / Stopwatch.Frequency);
                if (wait > TimeSpan.Zero)
                {
                    await Task.WhenAny(Task.Delay(wait), _closed.Task).ConfigureAwait(false);
                }

                // Checked again: a fault also affects bytes that were in transit when it began.
                if (await lane.MayPassAsync(_closed.Task).ConfigureAwait(false))
                {
                    // Counted first, because the receiver may have the bytes, and check the count, before the write
                    // returns.
                    lane.CountPassed(chunk.Length);
                    await to.WriteAsync(chunk.Bytes, 0, chunk.Length).ConfigureAwait(false);
                }
            }
        }
    }

    private readonly struct Chunk(byte[] bytes, int length, long due)
    {
        public byte[] Bytes { get; } = bytes;

        public int Length { get; } = length;

        public long Due { get; } = due;
    }
}
