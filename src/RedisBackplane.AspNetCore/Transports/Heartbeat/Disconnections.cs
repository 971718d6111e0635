using System.Collections.Concurrent;

namespace RedisBackplane.AspNetCore.Transports.Heartbeat;

/// <summary>
/// Disconnects clients that stayed away. This calls <c>OnDisconnected</c> of hubs, which may block. So the heartbeat
/// does not wait for it, and only a few threads at a time run it. Thread-safe.
/// </summary>
/// <param name="disconnect">Disconnects a client, if it is still away. It must not throw.</param>
internal sealed class Disconnections(Action<TrackedConnection> disconnect)
{
    private static readonly int MostThreads = Math.Max(2, Environment.ProcessorCount);

    private readonly ConcurrentQueue<TrackedConnection> _waiting = new();
    private int _threads;

    public void Add(TrackedConnection connection)
    {
        _waiting.Enqueue(connection);
        if (TryTakeThread())
        {
            ThreadPool.UnsafeQueueUserWorkItem(static disconnections => disconnections.Run(), this, preferLocal: false);
        }
    }

    private void Run()
    {
        do
        {
            while (_waiting.TryDequeue(out var connection))
            {
                disconnect(connection);
            }

            Interlocked.Decrement(ref _threads);
        }
        while (!_waiting.IsEmpty && TryTakeThread());
    }

    private bool TryTakeThread()
    {
        for (var threads = Volatile.Read(ref _threads); threads < MostThreads; threads = Volatile.Read(ref _threads))
        {
            if (Interlocked.CompareExchange(ref _threads, threads + 1, threads) == threads)
            {
                return true;
            }
        }

        return false;
    }
}
