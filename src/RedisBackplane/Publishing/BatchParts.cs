namespace RedisBackplane.Publishing;

/// <summary>
/// The parts of a batch that was too large as a whole. Its task ends when all of them have. Thread-safe.
/// </summary>
internal sealed class BatchParts(Batch whole, int count)
{
    private readonly object _gate = new();
    private int _open = count;
    private Exception? _failure;

    /// <summary>A part has ended.</summary>
    /// <param name="failure">Why it was given up; null when Redis has it.</param>
    public void End(Exception? failure)
    {
        lock (_gate)
        {
            _failure ??= failure;
            if (--_open > 0)
            {
                return;
            }
        }

        if (_failure is null)
        {
            whole.Complete(time: null);
        }
        else
        {
            whole.Fail(_failure);
        }
    }
}
