using System.Collections.Concurrent;
using System.Threading.Channels;

namespace RedisBackplane.AspNetCore.Tests.Hosting;

/// <summary>The events of a host's hubs and connections, for tests to wait for.</summary>
public sealed class Journal
{
    private readonly ConcurrentDictionary<string, Channel<string>> _channels = new();
    private int _lastNumber;

    public void Write(string topic, string entry) => Of(topic).Writer.TryWrite(entry);

    /// <summary>The next entry of a topic; fails if it does not arrive in time.</summary>
    public Task<string> NextAsync(string topic) => Of(topic).Reader.ReadAsync().AsTask().WaitAsync(Wait.Limit);

    /// <summary>The next entry under a topic, if one is there.</summary>
    public string? TryNext(string topic) => Of(topic).Reader.TryRead(out var entry) ? entry : null;

    /// <summary>A number that this journal has not given before; the first is 1.</summary>
    public int NextNumber() => Interlocked.Increment(ref _lastNumber);

    private Channel<string> Of(string topic) => _channels.GetOrAdd(topic, _ => Channel.CreateUnbounded<string>());
}
