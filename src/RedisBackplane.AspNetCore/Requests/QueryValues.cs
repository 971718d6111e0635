using System.Collections;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// SignalR's view of a query. The server parses a query once for each request, and does not change what it has parsed.
/// As with OWIN, several values of a name are joined by commas. Thread-safe.
/// </summary>
internal sealed class QueryValues(IQueryCollection query) : INameValueCollection
{
    private IQueryCollection? _parsed = query;
    private string? _text;

    private IQueryCollection Parsed => Volatile.Read(ref _parsed) ?? Parse();

    public string? this[string key] => Get(key);

    public string? Get(string key) => Parsed.TryGetValue(key, out var values) ? values.ToString() : null;

    public IEnumerable<string?>? GetValues(string key) => Parsed.TryGetValue(key, out var values) ? values.ToArray() : null;

    /// <summary>Whether these are the values of a query that the server has parsed.</summary>
    public bool AreOf(IQueryCollection query) => ReferenceEquals(_parsed, query);

    /// <summary>Whether a text has these values and no others.</summary>
    public bool AreIn(string? text)
    {
        var (own, other) = (Parsed, QueryHelpers.ParseQuery(text));
        return own.Count == other.Count && other.All(pair => own.TryGetValue(pair.Key, out var values) && values == pair.Value);
    }

    /// <summary>Releases the parsed values. They are parsed again if somebody reads them.</summary>
    /// <param name="text">The query that the values come from.</param>
    public void Release(string? text)
    {
        _text = text;
        Volatile.Write(ref _parsed, null);
    }

    public IEnumerator<KeyValuePair<string, string?>> GetEnumerator() =>
        Parsed.Select(pair => new KeyValuePair<string, string?>(pair.Key, pair.Value.ToString())).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private QueryCollection Parse()
    {
        var parsed = new QueryCollection(QueryHelpers.ParseQuery(_text));
        Volatile.Write(ref _parsed, parsed);
        return parsed;
    }
}
