using System.Buffers.Binary;
using System.Globalization;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Redis;

/// <summary>
/// Does what <c>publish.lua</c> does, line by line, on a modelled Redis. It takes the same keys and arguments.
/// </summary>
internal sealed class PublishModel
{
    private const long Span = 1048576;
    private const long LastSegment = 8589000000;
    private const long HighestId = 9007199254740000;

    private readonly Keyspace _db;
    private readonly IScriptHost _host;
    private readonly string _counterKey;
    private readonly string _publisherKey;
    private readonly string _logKey;
    private readonly string _serverKey;
    private readonly ScriptInputs _inputs;
    private readonly long _count;
    private readonly long _segmentBytes;
    private readonly long _segments;
    private readonly long _historyTtl;
    private long _segment;
    private long _offset;
    private long _logEnd;
    private long _size;
    private bool _isMoved;
    private bool _isReserved;
    private bool _isNew;

    private PublishModel(Keyspace db, IScriptHost host, ScriptInputs inputs)
    {
        (_db, _host, _inputs) = (db, host, inputs);
        (_counterKey, _publisherKey) = (inputs.Key("counterKey"), inputs.Key("publisherKey"));
        (_logKey, _serverKey) = (inputs.Key("logKey"), inputs.Key("serverKey"));
        _count = inputs.Number("count");
        _segmentBytes = inputs.Number("segmentBytes");
        _segments = inputs.Number("segments");
        _historyTtl = inputs.Number("historyTtl");
    }

    public static RedisValue[] Run(Keyspace db, IScriptHost host, ScriptInputs inputs) => new PublishModel(db, host, inputs).Run();

    private RedisValue[] Run()
    {
        var (number, oldest, claim) = (_inputs.Number("number"), _inputs.Number("oldest"), _inputs.Number("claim"));
        var publisherTtl = _inputs.Number("publisherTtl");
        if (IsElsewhere())
        {
            return [4, 0];
        }

        if (IsOver())
        {
            return [4, 0];
        }

        var stored = StoredBefore();
        if (stored < claim)
        {
            return [3, stored];
        }

        if (_count == 0)
        {
            return [2, 0];
        }

        if (number <= stored)
        {
            _db.Set(_publisherKey, Text(stored), publisherTtl);
            return [2, 0];
        }

        if (number != stored + 1 && number != oldest)
        {
            return [0, stored];
        }

        var last = TakeIds();
        try
        {
            return Store(number, stored, publisherTtl, last);
        }
        catch (RedisServerException)
        {
            GiveBack();
            if (last == 0)
            {
                _db.Delete(_counterKey);
            }
            else
            {
                _db.Set(_counterKey, Text(last));
            }

            throw;
        }
    }

    private long StoredBefore()
    {
        try
        {
            return long.TryParse(_db.GetText(_publisherKey), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        }
        catch (RedisServerException exception) when (IsWrongType(exception))
        {
            return 0;
        }
    }

    private long TakeIds()
    {
        try
        {
            if (_db.Increment(_counterKey, _count) - _count is var last and >= 0 and <= HighestId)
            {
                return last;
            }
        }
        catch (RedisServerException exception) when (!IsDamaged())
        {
            throw new RedisServerException($"{exception.Message} (incrby)");
        }
        catch (RedisServerException)
        {
            // Replaced below.
        }

        _db.Delete(_counterKey);
        return 0;
    }

    private bool IsDamaged()
    {
        try
        {
            return _db.GetText(_counterKey) is { } text
                && !(long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                    && id <= HighestId
                    && Text(id) == text);
        }
        catch (RedisServerException exception)
        {
            return IsWrongType(exception);
        }
    }

    private RedisValue[] Store(long number, long stored, long publisherTtl, long last)
    {
        var (channel, magic, frame) = (_inputs.Text("channel"), _inputs.Bytes("magic"), _inputs.Bytes("frame"));
        var (floor, isApart, renews) = (_inputs.Number("floor"), _inputs.Flag("isApart"), _inputs.Flag("renews"));
        var (previous, start) = (last, last);
        var ended = last == 0 ? ScriptModels.EndedBefore(_inputs.Text("epoch")) : 0;
        if (last == 0 || last < floor)
        {
            var now = _host.Microseconds;
            previous = Math.Max(Math.Max(last, floor), ended);
            start = now > previous ? now : previous + 1048576 + (now % 4294967296);
        }

        _size = isApart ? frame.Length : frame.Length + 32;
        var isKept = _size <= _segmentBytes * _segments;
        if (isKept)
        {
            Reserve(renews);
            if (_logEnd > start)
            {
                (previous, start) = (Math.Max(previous, _logEnd), _logEnd);
            }
            else if (last == 0 && _logEnd > 0)
            {
                previous = Math.Max(_logEnd, ended);
            }
        }

        var head = new byte[32];
        magic.CopyTo(head, 0);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(4), previous);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(12), start + 1);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(20), isKept ? (_segment * Span) + _offset : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(28), (uint)_size);
        byte[] payload = isApart ? frame : [.. head, .. frame];
        if (isKept)
        {
            Keep(start + _count, renews, payload, isApart ? head : null);
        }

        if (start != last)
        {
            _db.Set(_counterKey, Text(start + _count));
            NameServer();
        }

        if (renews || stored == 0 || number != stored + 1)
        {
            _db.Set(_publisherKey, Text(number), publisherTtl);
        }
        else
        {
            Try("incr", () => _db.Increment(_publisherKey, 1));
        }

        _db.Give(start + 1, start + _count);
        var isSharded = _inputs.Text("publish") == "SPUBLISH";
        if (isApart)
        {
            _host.Publish(channel, [.. head, .. frame.AsSpan(32, Math.Min(24, frame.Length - 32))], isSharded);
        }

        _host.Publish(channel, payload, isSharded);
        return [1, start + 1];
    }

    // fence.lua.
    private bool IsElsewhere()
    {
        return _inputs.Flag("isUnproven")
            && _inputs.Text("epoch") is { Length: > 0 } epoch
            && !epoch.StartsWith(_host.RunId + ":", StringComparison.Ordinal);
    }

    private bool IsOver() =>
        _inputs.Text("epoch") is { Length: > 0 } epoch && _db.IsString(_serverKey) && _db.GetText(_serverKey) != epoch;

    private void NameServer()
    {
        if (_inputs.Text("epoch") is { Length: > 0 } epoch && _db.TimeToLive(_serverKey) == -2)
        {
            _db.Set(_serverKey, epoch);
        }
    }

    private void Reserve(bool renews)
    {
        var position = 0L;
        try
        {
            var (id, end) = _db.IncrementFields(_logKey, _count, _size);
            _isReserved = true;
            (_logEnd, position) = (id - _count, end - _size);
            (_segment, _offset) = Math.DivRem(position, Span);
        }
        catch (RedisServerException exception) when (IsWrongType(exception))
        {
            // Written over below.
        }

        long? left = renews ? _db.TimeToLive(Segment(_segment)) : null;
        if (_segment is < 1 or > LastSegment || _logEnd is < 0 or > HighestId)
        {
            var seconds = _host.Microseconds / 1_000_000;
            _segment = Math.Max(seconds, _inputs.Number("highestSegment") + 8);
            if (_segment > LastSegment)
            {
                _segment = seconds;
            }

            (_isNew, _isMoved, _offset, _logEnd) = (position == 0, true, 0, 0);
        }
        else if (_offset > 0 && (_offset + _size > _segmentBytes || left <= _historyTtl))
        {
            (_segment, _offset, _isMoved) = (_segment + 1, 0, true);
        }
    }

    private void GiveBack()
    {
        if (_isReserved && _isNew)
        {
            _db.Delete(_logKey);
        }
        else if (_isReserved)
        {
            _db.IncrementFields(_logKey, -_count, -_size);
        }
    }

    private void Keep(long id, bool renews, byte[] bytes, byte[]? head)
    {
        var (key, finish, isOpened) = (Segment(_segment), _offset + _size, _offset == 0);
        var length = isOpened ? Open(key, bytes) : Write(key, _offset, bytes);
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

        if (_isMoved || isFull || _logEnd + _count != id)
        {
            var state = new byte[16];
            BinaryPrimitives.WriteInt64BigEndian(state, id);
            BinaryPrimitives.WriteInt64BigEndian(state.AsSpan(8), position);
            _db.Set(_logKey, state, 2 * _historyTtl);
        }
        else if (renews)
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
        catch (RedisServerException exception) when (IsWrongType(exception))
        {
            _db.Delete(key);
            return _db.SetRange(key, at, bytes);
        }
    }

    private string Segment(long number) => _logKey + ":" + Text(number);

    private static T Try<T>(string command, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (RedisServerException exception)
        {
            throw new RedisServerException($"{exception.Message} ({command})");
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static bool IsWrongType(RedisServerException exception) => exception.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal);
}
