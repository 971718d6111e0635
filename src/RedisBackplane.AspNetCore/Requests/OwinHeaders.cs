using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Primitives;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>OWIN's view of headers: the same values, as arrays. It creates nothing until it is read.</summary>
/// <param name="headers">Returns the headers; after the response has ended, an unused collection.</param>
internal sealed class OwinHeaders(Func<IDictionary<string, StringValues>> headers) : IDictionary<string, string[]>
{
    public ICollection<string> Keys => headers().Keys;

    public ICollection<string[]> Values => [.. headers().Values.Select(Array)];

    public int Count => headers().Count;

    public bool IsReadOnly => headers().IsReadOnly;

    public string[] this[string key]
    {
        get => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"There is no header '{key}'.");
        set => headers()[key] = value;
    }

    public void Add(string key, string[] value) => headers().Add(key, value);

    public bool ContainsKey(string key) => headers().ContainsKey(key);

    public bool Remove(string key) => headers().Remove(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string[] value)
    {
        var found = headers().TryGetValue(key, out var values);
        value = found ? Array(values) : null;
        return found;
    }

    public void Add(KeyValuePair<string, string[]> item) => Add(item.Key, item.Value);

    public void Clear() => headers().Clear();

    public bool Contains(KeyValuePair<string, string[]> item) => TryGetValue(item.Key, out var value) && value.SequenceEqual(item.Value);

    public void CopyTo(KeyValuePair<string, string[]>[] array, int arrayIndex)
    {
        foreach (var pair in this)
        {
            array[arrayIndex++] = pair;
        }
    }

    public bool Remove(KeyValuePair<string, string[]> item) => Contains(item) && Remove(item.Key);

    public IEnumerator<KeyValuePair<string, string[]>> GetEnumerator() =>
        headers().Select(pair => KeyValuePair.Create(pair.Key, Array(pair.Value))).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static string[] Array(StringValues values) => values.ToArray()!;
}
