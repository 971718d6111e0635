using System.Threading.Channels;
using Microsoft.AspNet.SignalR.Client;

namespace RedisBackplane.AspNetCore.Tests.Hosting;

/// <summary>What a client received, in order.</summary>
internal sealed class Inbox<T>
{
    private readonly Channel<T> _received = Channel.CreateUnbounded<T>();

    public Inbox(IHubProxy hub, string method) => hub.On<T>(method, Add);

    public Inbox()
    {
    }

    public void Add(T message) => _received.Writer.TryWrite(message);

    /// <summary>The next message; fails if it does not arrive in time.</summary>
    public Task<T> NextAsync() => _received.Reader.ReadAsync().AsTask().WaitAsync(Wait.Limit);

    /// <summary>The next messages up to and including this one; fails if it does not arrive in time.</summary>
    public async Task<IReadOnlyList<T>> UntilAsync(T last)
    {
        var messages = new List<T>();
        do
        {
            messages.Add(await NextAsync());
        }
        while (!EqualityComparer<T>.Default.Equals(messages[^1], last));
        return messages;
    }

    /// <summary>The next messages, in any order: SignalR's own bus orders only those to one target.</summary>
    public async Task HasAsync(params IReadOnlyList<T> expected)
    {
        var messages = new List<T>();
        while (messages.Count < expected.Count)
        {
            messages.Add(await NextAsync());
        }

        Assert.Equal(expected.Order(), messages.Concat(Rest()).Order());
    }

    /// <summary>All messages that arrived and were not read yet.</summary>
    public IReadOnlyList<T> Rest()
    {
        var rest = new List<T>();
        while (_received.Reader.TryRead(out var message))
        {
            rest.Add(message);
        }

        return rest;
    }
}
