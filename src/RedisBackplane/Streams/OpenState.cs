namespace RedisBackplane.Streams;

/// <summary>
/// Whether messages of a stream or of a whole bus are sent and received, and since when. One caller at a time sets it;
/// any thread may read it.
/// </summary>
internal sealed class OpenState(TimeProvider time)
{
    private Snapshot _current = new(false, time.GetUtcNow());

    public bool IsOpen => Current.IsOpen;

    /// <summary>Both values at one moment.</summary>
    public Snapshot Current => Volatile.Read(ref _current);

    public bool Set(bool isOpen)
    {
        if (IsOpen == isOpen)
        {
            return false;
        }

        Volatile.Write(ref _current, new Snapshot(isOpen, time.GetUtcNow()));
        return true;
    }

    public sealed record Snapshot(bool IsOpen, DateTimeOffset Since);
}
