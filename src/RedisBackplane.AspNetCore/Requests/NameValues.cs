using System.Collections;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.Extensions.Primitives;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// SignalR's view of a query string, headers or a form. It is a copy, because the server reuses its collections. As
/// with OWIN, several values of a name are joined by commas.
/// </summary>
internal sealed class NameValues(IEnumerable<KeyValuePair<string, StringValues>> pairs) : INameValueCollection
{
    public static readonly NameValues Empty = new([]);

    private readonly Dictionary<string, StringValues> _values = new(pairs, StringComparer.OrdinalIgnoreCase);

    public IDictionary<string, StringValues> All => _values;

    public string? this[string key] => Get(key);

    public string? Get(string key) => _values.TryGetValue(key, out var values) ? Join(values) : null;

    public IEnumerable<string?>? GetValues(string key) => _values.TryGetValue(key, out var values) ? values.ToArray() : null;

    public IEnumerator<KeyValuePair<string, string?>> GetEnumerator() =>
        _values.Select(pair => new KeyValuePair<string, string?>(pair.Key, Join(pair.Value))).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static string? Join(StringValues values) => values.ToString();
}
