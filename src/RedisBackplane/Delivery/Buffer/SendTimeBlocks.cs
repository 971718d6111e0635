namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// The latest send time of each block of frames. A walk in search of a frame that was sent at a time or later skips the
/// blocks that have none. So a client that names any time costs a few thousand steps, and not one for each frame. Not
/// thread-safe.
/// </summary>
internal sealed class SendTimeBlocks
{
    public const int Size = 512;

    private readonly Ring<long> _latest = new();
    private long _firstBlock;

    /// <param name="number">Higher than all before. Frames that were dropped in the meantime are left out.</param>
    public void Append(long number, long sentAt)
    {
        var block = number / Size;
        if (_latest.Count == 0 || block > _firstBlock + _latest.Count)
        {
            _latest.Clear();
            _firstBlock = block;
        }

        if (block == _firstBlock + _latest.Count)
        {
            _latest.AddLast() = sentAt;
        }
        else
        {
            ref var latest = ref _latest[(int)(block - _firstBlock)];
            latest = Math.Max(latest, sentAt);
        }
    }

    /// <summary>Forgets the blocks of which all frames have lower numbers.</summary>
    public void DropBefore(long number)
    {
        for (; _latest.Count > 0 && (_firstBlock + 1) * Size <= number; _firstBlock++)
        {
            _latest.RemoveFirst();
        }
    }

    /// <summary>The next frame to look at behind one that was sent before a time.</summary>
    public long Next(long number, long sentAt) =>
        number % Size == 0 && _latest[(int)((number / Size) - _firstBlock)] < sentAt ? number + Size : number + 1;
}
