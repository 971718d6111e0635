using RedisBackplane.Receiving;
using RedisBackplane.Redis.Scripts;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// Where to read the history when another Redis assigns the ids. A reader that used another Redis before may have
/// higher ids from there than this Redis has assigned, and must also read what is below them. Calls are made one after
/// the other.
/// </summary>
internal sealed class EpochChange
{
    private Epoch? _read;
    private Epoch? _entered;
    private ulong? _boundary;
    private ulong _lastId;
    private ulong _readUpTo;
    private bool _isFirstPage;

    /// <inheritdoc cref="HistoryPage.PartedAt"/>
    public ulong? PartedAt => _isFirstPage && _entered!.Follows(_read!) ? _boundary : null;

    /// <summary>A page is about to be read.</summary>
    /// <param name="epoch">The epoch of the Redis.</param>
    /// <param name="after">The last id that the reader has.</param>
    /// <param name="from">Where the reader would continue.</param>
    /// <returns>What to use instead.</returns>
    public (ulong After, HistoryPosition From) Begin(Epoch epoch, ulong after, HistoryPosition from)
    {
        // A higher id was taken since, and frames are taken in the order of their ids: everything below it was read.
        if (after > _lastId && _entered is not null)
        {
            (_read, _readUpTo) = (_entered, after);
        }

        if (epoch != _entered)
        {
            (_entered, _lastId, _boundary) = (epoch, after, BoundaryOf(epoch));
            from = _read is null ? from : default;
        }

        _isFirstPage = _read is not null && _read != epoch && _boundary is not null && !from.IsContinued;
        return _isFirstPage ? (Math.Min(after, _boundary!.Value), default) : (after, from);
    }

    /// <summary>The page was read.</summary>
    /// <param name="isAll">Whether it was the last one.</param>
    /// <param name="lastId">The last id that was assigned when it was read.</param>
    /// <returns><see cref="HistoryPage.EpochAfter"/>.</returns>
    public ulong? End(bool isAll, ulong lastId)
    {
        var isEntering = _read is not null && _read != _entered;
        if (isAll)
        {
            _readUpTo = _read == _entered ? Math.Max(_readUpTo, lastId) : lastId;
            _read = _entered;
        }
        else
        {
            _read ??= _entered;
        }

        return isEntering ? _boundary : _entered!.EndedBefore;
    }

    // The reader has the same messages up to this id. If it skipped an epoch, that id is unknown. The last id does not
    // show how far it had read an epoch whose ids are lower.
    private ulong? BoundaryOf(Epoch epoch) => epoch.EndedBefore switch
    {
        null => null,
        { } ended when _read is null => ended,
        { } ended when epoch.Follows(_read) => Math.Min(ended, _readUpTo),
        _ => 0,
    };
}
