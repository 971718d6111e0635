using System.Collections.Concurrent;

namespace RedisBackplane.IntegrationTests.Streams;

/// <summary>One sender for each stream of a server. Every message is numbered, and accounted for.</summary>
internal sealed class Senders(TestServer server, string key, int streams, string name)
{
    private readonly string[] _sources = [.. Enumerable.Range(0, streams).Select(stream => SourceOf(stream, streams))];
    private readonly ConcurrentQueue<(int Stream, string Value, Task Publish)> _sent = new();
    private int _count;

    /// <summary>Everything sent so far, by the order of the calls.</summary>
    public IEnumerable<string> Values => _sent.Select(sent => sent.Value);

    public IEnumerable<string> OfStream(int stream) => _sent.Where(sent => sent.Stream == stream).Select(sent => sent.Value);

    public Task AllStoredAsync() => Task.WhenAll(_sent.Select(sent => sent.Publish));

    public Task AllStoredAsync(int stream) => Task.WhenAll(_sent.Where(sent => sent.Stream == stream).Select(sent => sent.Publish));

    public void Send(int perStream)
    {
        for (var i = 0; i < perStream; i++)
        {
            for (var stream = 0; stream < streams; stream++)
            {
                var value = $"{name} {_count++} over {stream}";
                _sent.Enqueue((stream, value, server.Bus.Publish(new Message(_sources[stream], key, value))));
            }
        }
    }

    private static string SourceOf(int stream, int streams)
    {
        string source;
        do
        {
            source = Guid.NewGuid().ToString();
        }
        while (StreamChoice.Of(source, streams) != stream);
        return source;
    }
}
