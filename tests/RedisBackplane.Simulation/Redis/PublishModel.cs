using System.Buffers.Binary;
using System.Globalization;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Redis;

/// <summary>
/// Does what <c>publish.lua</c> does, line by line, on a modelled Redis. It takes the same keys and arguments. The
/// parts that the script includes have models of their own.
/// </summary>
internal sealed class PublishModel
{
    private readonly Keyspace _db;
    private readonly IScriptHost _host;
    private readonly ScriptInputs _inputs;
    private readonly string _counterKey;
    private readonly long _count;
    private readonly HistoryModel _history;
    private bool _isRecorded;

    private PublishModel(Keyspace db, IScriptHost host, ScriptInputs inputs)
    {
        (_db, _host, _inputs) = (db, host, inputs);
        (_counterKey, _count) = (inputs.Key("counterKey"), inputs.Number("count"));
        var (frame, isApart) = (inputs.Bytes("frame"), inputs.Flag("isApart"));
        _history = new HistoryModel(db, host, inputs, isApart ? frame.Length : frame.Length + 32);
    }

    public static RedisValue[] Run(Keyspace db, IScriptHost host, ScriptInputs inputs)
    {
        var (reply, stored) = BatchTurnModel.Check(db, host, inputs);
        return reply ?? new PublishModel(db, host, inputs).Run(stored);
    }

    private RedisValue[] Run(long stored)
    {
        var last = TakeIds();
        try
        {
            return Store(stored, last);
        }
        catch (RedisServerException)
        {
            _history.GiveBack();
            TakeBackRecord(stored);
            if (last == 0)
            {
                _db.Delete(_counterKey);
            }
            else
            {
                _db.Set(_counterKey, last);
            }

            throw;
        }
    }

    private long TakeIds()
    {
        try
        {
            if (_db.Increment(_counterKey, _count) - _count is var last and >= 0 and <= HistoryModel.HighestId)
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
                    && id <= HistoryModel.HighestId
                    && id.ToString(CultureInfo.InvariantCulture) == text);
        }
        catch (RedisServerException exception)
        {
            return Keyspace.IsWrongType(exception);
        }
    }

    private RedisValue[] Store(long stored, long last)
    {
        var (previous, start) = Place(last);
        var (frame, isApart) = (_inputs.Bytes("frame"), _inputs.Flag("isApart"));
        var head = new byte[32];
        _inputs.Bytes("magic").CopyTo(head, 0);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(4), previous);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(12), start + 1);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(20), _history.Position);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(28), (uint)(isApart ? frame.Length : frame.Length + 32));
        byte[] payload = isApart ? frame : [.. head, .. frame];
        if (_history.HasRoom)
        {
            _history.Store(start + _count, payload, isApart ? head : null);
        }

        if (start != last)
        {
            _db.Set(_counterKey, start + _count);
            NameServer();
        }

        RecordPublisher(stored);
        _isRecorded = true;
        _db.Give(start + 1, start + _count);
        var (channel, isSharded) = (_inputs.Text("channel"), _inputs.Text("publish") == "SPUBLISH");
        if (isApart)
        {
            _host.Publish(channel, [.. head, .. frame.AsSpan(32, Math.Min(24, frame.Length - 32))], isSharded);
        }

        _host.Publish(channel, payload, isSharded);
        return [1, start + 1];
    }

    // The last id that the stream may have held before the batch, and the id before its first one.
    private (long Previous, long Start) Place(long last)
    {
        var (previous, start, floor) = (last, last, _inputs.Number("floor"));
        var ended = last == 0 ? ScriptModels.EndedBefore(_inputs.Text("epoch")) : 0;
        if (last == 0 || last < floor)
        {
            var now = _host.Microseconds;
            previous = Math.Max(Math.Max(last, floor), ended);
            start = now > previous ? now : previous + 1048576 + (now % 4294967296);
        }

        if (_history.HasRoom)
        {
            _history.Reserve();
            if (_history.LogEnd > start)
            {
                return (Math.Max(previous, _history.LogEnd), _history.LogEnd);
            }

            if (last == 0 && _history.LogEnd > 0)
            {
                previous = Math.Max(_history.LogEnd, ended);
            }
        }

        return (previous, start);
    }

    private void NameServer()
    {
        var serverKey = _inputs.Key("serverKey");
        if (_inputs.Text("epoch") is { Length: > 0 } epoch && _db.TimeToLive(serverKey) == -2)
        {
            _db.Set(serverKey, epoch);
        }
    }

    private void TakeBackRecord(long stored)
    {
        var publisherKey = _inputs.Key("publisherKey");
        if (_isRecorded && stored == 0)
        {
            _db.Delete(publisherKey);
        }
        else if (_isRecorded)
        {
            _db.Set(publisherKey, stored, _inputs.Number("publisherTtl"));
        }
    }

    private void RecordPublisher(long stored)
    {
        var (publisherKey, number) = (_inputs.Key("publisherKey"), _inputs.Number("number"));
        if (_inputs.Flag("renews") || stored == 0 || number != stored + 1)
        {
            _db.Set(publisherKey, number, _inputs.Number("publisherTtl"));
            return;
        }

        try
        {
            _db.Increment(publisherKey, 1);
        }
        catch (RedisServerException exception)
        {
            throw new RedisServerException($"{exception.Message} (incr)");
        }
    }
}
