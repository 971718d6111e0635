namespace RedisBackplane.Tests.Delivery;

/// <summary>A pool whose work runs when the test says so, in the order the test says.</summary>
internal sealed class ManualPool
{
    private readonly List<Action> _work = [];

    public int Count => _work.Count;

    public void Queue(Action work) => _work.Add(work);

    public void RunAt(int index)
    {
        var work = _work[index];
        _work.RemoveAt(index);
        work();
    }

    public void RunAll()
    {
        while (_work.Count > 0)
        {
            RunAt(0);
        }
    }
}
