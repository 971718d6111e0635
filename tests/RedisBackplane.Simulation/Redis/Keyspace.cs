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
    private List<(long First, long Last)> _given = [];

    /// <summary>The names of all existing keys. Their order has no meaning.</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>The writes that replicas have yet to receive, in order; null if there are no replicas.</summary>
    public List<Action<Keyspace>>? Writes { get; set; }

    /// <summary>The current time in milliseconds, by the clock of this Redis.</summary>
    public long Now { get; set; }

    /// <summary>
    /// Whether this Redis, or one whose keys it has copied, has given an id. A Redis that copies all keys of another
    /// one loses what it gave itself.
    /// </summary>
    public bool HasGiven(ulong id) => _given.Exists(range => (ulong)range.First <= id && id <= (ulong)range.Last);

    /// <summary>Whether a command failed because the value of its key has another type.</summary>
    public static bool IsWrongType(RedisServerException exception) => exception.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal);

    /// <summary>Ids are given to messages.</summary>
    public void Give(long first, long last)
    {
        _given.Add((first, last));
        Writes?.Add(db => db.Give(first, last));
    }

    /// <summary>The process has lost its memory. What it has given, it has given.</summary>
    public void Inherit(Keyspace before) => _given = before._given;

    public long Bytes
    {
        get
        {
            var bytes = 0L;
            foreach (var entry in _entries.Values)
            {
                bytes += entry.Length;
            }

            return bytes;
        }
    }

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

    public bool Has(string key) => Peek(key) is not null;

    public bool IsString(string key) => Peek(key) is { IsString: true };

    /// <summary>Milliseconds until a key expires; -1 if it does not, -2 if there is none.</summary>
    public long TimeToLive(string key) => Peek(key) is { } entry ? (entry.ExpiresAt is { } at ? at - Now : -1) : -2;

    public void Set(string key, byte[] value, long? timeToLive = null) => Write(key, value, timeToLive + Now);

    public void Set(string key, string value, long? timeToLive = null) => Set(key, Encoding.ASCII.GetBytes(value), timeToLive);

    public void Set(string key, long number, long? timeToLive = null) =>
        Set(key, number.ToString(CultureInfo.InvariantCulture), timeToLive);

    /// <summary>Sets a value of another type. All string commands fail on it.</summary>
    public void SetList(string key)
    {
        _entries[key] = new Entry { IsString = false };
        Writes?.Add(db => db.SetList(key));
    }

    public bool Delete(string key)
    {
        Writes?.Add(db => db.Delete(key));
        return _entries.Remove(key);
    }

    public void Clear()
    {
        Writes?.Add(static db => db.Clear());
        _entries.Clear();
    }

    public void Expire(string key, long timeToLive)
    {
        if (Peek(key) is not null)
        {
            ExpireAt(key, Now + timeToLive);
        }
    }

    public void Rename(string from, string to)
    {
        if (Peek(from) is null)
        {
            throw new RedisServerException("ERR no such key");
        }

        Move(from, to);
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
        Write(key, bytes, Peek(key)?.ExpiresAt);
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
        if (Writes is not null)
        {
            NoteRange(key, at, bytes.ToArray());
        }

        return entry.Length;
    }

    /// <summary>Adds to two big-endian integers of 64 bits.</summary>
    public (long First, long Second) IncrementFields(string key, long first, long second)
    {
        var bytes = Ensure(key, 2 * sizeof(long)).Value;
        var sums = (Add(bytes, 0, first), Add(bytes, sizeof(long), second));
        if (Writes is not null)
        {
            NoteRange(key, 0, bytes[..(2 * sizeof(long))]);
        }

        return sums;

        static long Add(byte[] bytes, int at, long by)
        {
            var value = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(at)) + by;
            BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(at), value);
            return value;
        }
    }

    public void SetFields(string key, long first, long second)
    {
        var (formerFirst, formerSecond) = IncrementFields(key, 0, 0);
        IncrementFields(key, first - formerFirst, second - formerSecond);
    }

    /// <summary>Moves keys to another Redis. It then has given what this one has.</summary>
    public void MoveTo(Keyspace other, Predicate<string> which)
    {
        foreach (var key in _entries.Keys.Where(key => which(key)).ToArray())
        {
            _entries.Remove(key, out var entry);
            other._entries[key] = entry!;
        }

        other._given = [.. other._given, .. _given];
    }

    /// <summary>A copy of all keys.</summary>
    public Keyspace Copy()
    {
        var copy = new Keyspace { Now = Now, _given = [.. _given] };
        foreach (var (key, entry) in _entries)
        {
            copy._entries[key] = entry.Copy();
        }

        return copy;
    }

    /// <summary>Does what another Redis did before.</summary>
    public void Apply(List<Action<Keyspace>> writes) => writes.ForEach(write => write(this));

    private void Write(string key, byte[] value, long? expiresAt)
    {
        _entries[key] = new Entry { Value = value, Length = value.Length, ExpiresAt = expiresAt };
        if (Writes is not null)
        {
            // The value may be changed in place.
            var copy = (byte[])value.Clone();
            Writes.Add(db => db.Write(key, (byte[])copy.Clone(), expiresAt));
        }
    }

    private void ExpireAt(string key, long time)
    {
        if (_entries.TryGetValue(key, out var entry))
        {
            entry.ExpiresAt = time;
            Writes?.Add(db => db.ExpireAt(key, time));
        }
    }

    private void Move(string from, string to)
    {
        // By the clock of a replica, it may have expired.
        if (_entries.Remove(from, out var entry))
        {
            _entries[to] = entry;
            Writes?.Add(db => db.Move(from, to));
        }
    }

    private void NoteRange(string key, long at, byte[] bytes) => Writes!.Add(db => db.SetRange(key, at, bytes));

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
