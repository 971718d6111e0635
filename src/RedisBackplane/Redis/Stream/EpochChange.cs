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
        if (epoch != _entered)
        {
            (_entered, _lastId, _boundary) = (epoch, after, BoundaryOf(epoch));
            from = _read is null ? from : default;
        }

        // A higher id was taken since, and frames are taken in the order of their ids: everything below it was read.
        if (after > _lastId)
        {
            _read = epoch;
        }

        _isFirstPage = _read is not null && _read != epoch && _boundary is not null && !from.IsContinued;
        return _isFirstPage ? (Math.Min(after, _boundary!.Value), default) : (after, from);
    }

    /// <summary>The page was read.</summary>
    /// <param name="isAll">Whether it was the last one.</param>
    /// <returns><see cref="HistoryPage.EpochAfter"/>.</returns>
    public ulong? End(bool isAll)
    {
        var isEntering = _read is not null && _read != _entered;
        _read = isAll ? _entered : _read ?? _entered;
        return isEntering ? _boundary : _entered!.EndedBefore;
    }

    // The reader has the same messages up to this id. If it skipped an epoch, that id is unknown.
    private ulong? BoundaryOf(Epoch epoch) =>
        epoch.EndedBefore is { } ended ? _read is null || epoch.Follows(_read) ? ended : 0 : null;
}
