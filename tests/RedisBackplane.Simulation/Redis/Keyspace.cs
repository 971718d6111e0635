using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Redis;

/// <summary>The keys of one Redis, and those of its string commands that the scripts use.</summary>
internal sealed class Keyspace
{
    private const string WrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";

    private readonly Dictionary<string, Entry> _entries = [];

    /// <summary>The names of all existing keys. Their order has no meaning.</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>The keys that were changed since this set was cleared. A replica receives them.</summary>
    public HashSet<string> Changed { get; } = [];

    /// <summary>The current time in milliseconds, by the clock of this Redis.</summary>
    public long Now { get; set; }

    public long Bytes => _entries.Values.Sum(static entry => (long)entry.Length);

    public byte[]? Get(string key) => Find(key) is { } entry ? entry.Value.AsSpan(0, entry.Length).ToArray() : null;

    public string? GetText(string key) => Find(key) is { } entry ? Encoding.ASCII.GetString(entry.Value, 0, entry.Length) : null;

    public byte[] GetRange(string key, long start, long end)
    {
        if (Find(key) is not { } entry || start >= entry.Length)
        {
            return [];
        }

        return entry.Value.AsSpan((int)start, (int)(Math.Min(end, entry.Length - 1) - start + 1)).ToArray();
    }

    public bool IsString(string key) => Peek(key) is { IsString: true };

    /// <summary>Milliseconds until a key expires; -1 if it does not, -2 if there is none.</summary>
    public long TimeToLive(string key) => Peek(key) is { } entry ? (entry.ExpiresAt is { } at ? at - Now : -1) : -2;

    public void Set(string key, byte[] value, long? timeToLive = null)
    {
        _entries[key] = new Entry { Value = value, Length = value.Length, ExpiresAt = timeToLive + Now };
        Changed.Add(key);
    }

    public void Set(string key, string value, long? timeToLive = null) => Set(key, Encoding.ASCII.GetBytes(value), timeToLive);

    /// <summary>Sets a value of another type. All string commands fail on it.</summary>
    public void SetList(string key)
    {
        _entries[key] = new Entry { IsString = false };
        Changed.Add(key);
    }

    public bool Delete(string key)
    {
        Changed.Add(key);
        return _entries.Remove(key);
    }

    public void Clear()
    {
        Changed.UnionWith(_entries.Keys);
        _entries.Clear();
    }

    public void Expire(string key, long timeToLive)
    {
        if (Peek(key) is { } entry)
        {
            entry.ExpiresAt = Now + timeToLive;
            Changed.Add(key);
        }
    }

    public void Rename(string from, string to)
    {
        var entry = Peek(from) ?? throw new RedisServerException("ERR no such key");
        _entries.Remove(from);
        _entries[to] = entry;
        Changed.Add(from);
        Changed.Add(to);
    }

    public long Increment(string key, long by)
    {
        var value = 0L;
        if (GetText(key) is { } text
            && !long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value))
        {
            throw new RedisServerException("ERR value is not an integer or out of range");
        }

        if (by > 0 ? value > long.MaxValue - by : value < long.MinValue - by)
        {
            throw new RedisServerException("ERR increment or decrement would overflow");
        }

        var bytes = Encoding.ASCII.GetBytes((value + by).ToString(CultureInfo.InvariantCulture));
        var written = Ensure(key, 0);
        (written.Value, written.Length) = (bytes, bytes.Length);
        return value + by;
    }

    /// <summary>Writes in place.</summary>
    /// <returns>The length of the string.</returns>
    public long SetRange(string key, long at, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return Find(key)?.Length ?? 0;
        }

        var entry = Ensure(key, (int)at + bytes.Length);
        bytes.CopyTo(entry.Value.AsSpan((int)at));
        return entry.Length;
    }

    /// <summary>Adds to two big-endian integers of 64 bits.</summary>
    public (long First, long Second) IncrementFields(string key, long first, long second)
    {
        var bytes = Ensure(key, 2 * sizeof(long)).Value;
        return (Add(bytes, 0, first), Add(bytes, sizeof(long), second));

        static long Add(byte[] bytes, int at, long by)
        {
            var value = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(at)) + by;
            BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(at), value);
            return value;
        }
    }

    /// <summary>A copy of all keys.</summary>
    public Keyspace Copy()
    {
        var copy = new Keyspace { Now = Now };
        foreach (var (key, entry) in _entries)
        {
            copy._entries[key] = entry.Copy();
        }

        return copy;
    }

    /// <summary>
    /// Returns copies of the changed keys, null for those that are gone, and clears the set of changed keys.
    /// </summary>
    public Dictionary<string, Entry?> TakeChanges()
    {
        var changes = new Dictionary<string, Entry?>();
        foreach (var key in Changed)
        {
            changes[key] = Peek(key)?.Copy();
        }

        Changed.Clear();
        return changes;
    }

    public void Apply(Dictionary<string, Entry?> changes)
    {
        foreach (var (key, entry) in changes)
        {
            if (entry is null)
            {
                _entries.Remove(key);
            }
            else
            {
                _entries[key] = entry;
            }
        }
    }

    private Entry? Find(string key) =>
        Peek(key) is not { } entry ? null : entry.IsString ? entry : throw new RedisServerException(WrongType);

    private Entry? Peek(string key)
    {
        if (!_entries.TryGetValue(key, out var entry))
        {
            return null;
        }

        if (entry.ExpiresAt <= Now)
        {
            Delete(key);
            return null;
        }

        return entry;
    }

    // Makes the string at least this long.
    private Entry Ensure(string key, int length)
    {
        if (Find(key) is not { } entry)
        {
            entry = new Entry();
            _entries[key] = entry;
        }

        Changed.Add(key);
        if (entry.Value.Length < length)
        {
            Array.Resize(ref entry.Value, length);
        }

        entry.Length = Math.Max(entry.Length, length);
        return entry;
    }

    internal sealed class Entry
    {
        public byte[] Value = [];

        public int Length { get; set; }

        public long? ExpiresAt { get; set; }

        public bool IsString { get; init; } = true;

        public Entry Copy() => new() { Value = (byte[])Value.Clone(), Length = Length, ExpiresAt = ExpiresAt, IsString = IsString };
    }
}
