namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// The connection tokens that this server issued a moment ago, with their content. One request of a connection receives
/// the token, and the next two send it, and would each decrypt it. A token that is not found here is decrypted.
/// Thread-safe without a lock: if two threads write to one place at once, an entry is lost and nothing else.
/// </summary>
internal sealed class RecentTokens(TimeProvider time)
{
    private const int Places = 512;

    // Less than anybody would wait for a key to be revoked.
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(30);

    private readonly Entry?[] _entries = new Entry?[Places];

    public void Add(string token, string data) =>
        Volatile.Write(ref _entries[PlaceOf(token)], new Entry(token, data, time.GetTimestamp()));

    /// <returns>What the token says; <see langword="null"/> if it has to be decrypted.</returns>
    public string? Find(string token) =>
        Volatile.Read(ref _entries[PlaceOf(token)]) is { } entry
        && string.Equals(entry.Token, token, StringComparison.Ordinal)
        && time.GetElapsedTime(entry.Since) < Age
            ? entry.Data
            : null;

    private static int PlaceOf(string token) => (int)((uint)string.GetHashCode(token, StringComparison.Ordinal) % Places);

    private sealed record Entry(string Token, string Data, long Since);
}
