using System.Collections;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNetCore.Http;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// SignalR's view of a query. The server parses a query once for each request, and does not change what it has parsed.
/// As with OWIN, several values of a name are joined by commas.
/// </summary>
internal sealed class QueryValues(IQueryCollection query) : INameValueCollection
{
    public string? this[string key] => Get(key);

    public string? Get(string key) => query.TryGetValue(key, out var values) ? values.ToString() : null;

    public IEnumerable<string?>? GetValues(string key) => query.TryGetValue(key, out var values) ? values.ToArray() : null;

    public IEnumerator<KeyValuePair<string, string?>> GetEnumerator() =>
        query.Select(pair => new KeyValuePair<string, string?>(pair.Key, pair.Value.ToString())).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
