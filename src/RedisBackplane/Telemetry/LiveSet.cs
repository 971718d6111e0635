namespace RedisBackplane.Telemetry;

/// <summary>
/// The objects of the process that instruments read. Each has a number among those with its name: the lowest free one,
/// so that numbers stay few even if objects are made and disposed often. Thread-safe.
/// </summary>
internal sealed class LiveSet<T>
    where T : class
{
    private readonly object _gate = new();
    private readonly Dictionary<string, HashSet<int>> _numbers = new(StringComparer.Ordinal);
    private volatile T[] _items = [];

    public IReadOnlyList<T> Items => _items;

    public int TakeNumber(string name)
    {
        lock (_gate)
        {
            if (!_numbers.TryGetValue(name, out var taken))
            {
                _numbers.Add(name, taken = []);
            }

            var number = 0;
            while (!taken.Add(number))
            {
                number++;
            }

            return number;
        }
    }

    public void Add(T item)
    {
        lock (_gate)
        {
            _items = [.. _items, item];
        }
    }

    /// <summary>Removes the object, if it is in the set, and frees its number.</summary>
    public void Remove(T item, string name, int number)
    {
        lock (_gate)
        {
            _items = [.. _items.Where(other => !ReferenceEquals(other, item))];
            if (_numbers.TryGetValue(name, out var taken) && taken.Remove(number) && taken.Count == 0)
            {
                _numbers.Remove(name);
            }
        }
    }
}
