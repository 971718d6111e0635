using System.Buffers.Binary;
using System.Globalization;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Redis;

/// <summary>
/// Does what <c>append_history.lua</c> does, on a modelled Redis: it keeps one record in the history.
/// </summary>
internal sealed class HistoryModel
{
    /// <summary>The highest id that the scripts accept.</summary>
    public const long HighestId = 9_007_199_254_740_000;

    private const long Span = 1048576;
    private const long LastSegment = 8589000000;

    private readonly Keyspace _db;
    private readonly IScriptHost _host;
    private readonly string _logKey;
    private readonly long _count;
    private readonly long _size;
    private readonly bool _renews;
    private readonly long _segmentBytes;
    private readonly long _segments;
    private readonly long _historyTtl;
    private readonly long _highestSegment;
    private long _segment;
    private long _offset;
    private bool _isMoved;
    private bool _isNew;
    private (long Id, long End)? _former;
    private string? _written;

    /// <param name="db">The keys.</param>
    /// <param name="host">The Redis that has them.</param>
    /// <param name="inputs">The inputs of the script.</param>
    /// <param name="size">The bytes of the record.</param>
    public HistoryModel(Keyspace db, IScriptHost host, ScriptInputs inputs, long size)
    {
        (_db, _host, _logKey, _size) = (db, host, inputs.Key("logKey"), size);
        (_count, _renews) = (inputs.Number("count"), inputs.Flag("renews"));
        (_segmentBytes, _segments) = (inputs.Number("segmentBytes"), inputs.Number("segments"));
        (_historyTtl, _highestSegment) = (inputs.Number("historyTtl"), inputs.Number("highestSegment"));
    }

    /// <summary>Whether the record fits into the history.</summary>
    public bool HasRoom => _size <= _segmentBytes * _segments;

    /// <summary>The last id in the history before the record.</summary>
    public long LogEnd { get; private set; }

    /// <summary>The position of the record; 0 if no room was reserved for it.</summary>
    public long Position => (_segment * Span) + _offset;

    public void Reserve()
    {
        var position = 0L;
        try
        {
            var (id, end) = _db.IncrementFields(_logKey, _count, _size);
            _former = (id - _count, end - _size);
            (LogEnd, position) = _former.Value;
            (_segment, _offset) = Math.DivRem(position, Span);
        }
        catch (RedisServerException exception) when (Keyspace.IsWrongType(exception))
        {
            // Written over below.
        }

        long? left = _renews ? _db.TimeToLive(Segment(_segment)) : null;
        if (_segment is < 1 or > LastSegment || LogEnd is < 0 or > HighestId)
        {
            var seconds = _host.Microseconds / 1_000_000;
            _segment = Math.Max(seconds, _highestSegment + 8);
            if (_segment > LastSegment)
            {
                _segment = seconds;
            }

            (_isNew, _isMoved, _offset, LogEnd) = (position == 0, true, 0, 0);
        }
        else if (_offset > 0 && (_offset + _size > _segmentBytes || left <= _historyTtl))
        {
            (_segment, _offset, _isMoved) = (_segment + 1, 0, true);
        }
    }

    public void GiveBack()
    {
        if (_written is not null)
        {
            _db.SetRange(_written, _offset, new byte[4]);
        }

        if (_former is not null && _isNew)
        {
            _db.Delete(_logKey);
        }
        else if (_former is { } former)
        {
            _db.SetFields(_logKey, former.Id, former.End);
        }
    }

    /// <summary>Writes the record.</summary>
    /// <param name="id">The last id of the batch.</param>
    /// <param name="bytes">The bytes of the record.</param>
    /// <param name="head">Takes the place of the first bytes; null if they are there already.</param>
    public void Store(long id, byte[] bytes, byte[]? head)
    {
        var (key, finish, isOpened) = (Segment(_segment), _offset + _size, _offset == 0);
        var length = isOpened ? Open(key, bytes) : Write(key, _offset, bytes);
        _written = key;
        if (head is not null)
        {
            Write(key, _offset, head);
        }

        var (position, isFull) = ((_segment * Span) + finish, length == finish);
        if (isFull)
        {
            var following = _segment + ((finish + _segmentBytes - 1) / _segmentBytes);
            for (var old = _segment + 1 - _segments; old <= following - 1 - _segments; old++)
            {
                _db.Delete(Segment(old));
            }

            position = following * Span;
        }

        if (isOpened || isFull)
        {
            _db.Expire(key, 2 * _historyTtl);
        }

        if (_isMoved || isFull || LogEnd + _count != id)
        {
            var state = new byte[16];
            BinaryPrimitives.WriteInt64BigEndian(state, id);
            BinaryPrimitives.WriteInt64BigEndian(state.AsSpan(8), position);
            _db.Set(_logKey, state, 2 * _historyTtl);
        }
        else if (_renews)
        {
            _db.Expire(_logKey, 2 * _historyTtl);
        }
    }

    private long Open(string key, byte[] bytes)
    {
        var oldest = Segment(_segment - _segments);
        var isWhole = _size >= _segmentBytes;
        if (!isWhole && _db.TimeToLive(oldest) != -2)
        {
            _db.Rename(oldest, key);
            var length = Write(key, 0, bytes);
            if (length == _segmentBytes)
            {
                return length;
            }
        }

        _db.Delete(oldest);
        _db.Delete(key);
        if (!isWhole)
        {
            Write(key, _segmentBytes - 1, [0]);
        }

        return Write(key, 0, bytes);
    }

    private long Write(string key, long at, byte[] bytes)
    {
        try
        {
            return _db.SetRange(key, at, bytes);
        }
        catch (RedisServerException exception) when (Keyspace.IsWrongType(exception))
        {
            _db.Delete(key);
            return _db.SetRange(key, at, bytes);
        }
    }

    private string Segment(long number) => string.Create(CultureInfo.InvariantCulture, $"{_logKey}:{number}");
}
