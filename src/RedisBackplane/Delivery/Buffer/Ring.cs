namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// A queue in one array with access by index. Cheap at both ends; releases memory when it becomes empty. Not
/// thread-safe.
/// </summary>
internal sealed class Ring<T>
    where T : struct
{
    private const int MinCapacity = 4;

    private T[] _items = [];
    private int _head;

    public delegate bool Past<in TPlace>(in T item, TPlace place);

    public int Count { get; private set; }

    public int Capacity => _items.Length;

    /// <summary>The item at a distance from the first. The reference is valid until the ring changes.</summary>
    public ref T this[int index] => ref _items[(_head + index) & (_items.Length - 1)];

    /// <summary>Adds an item at the end and returns a reference to it, for the caller to fill.</summary>
    public ref T AddLast()
    {
        if (Count == _items.Length)
        {
            Resize(Math.Max(MinCapacity, _items.Length * 2));
        }

        Count++;
        return ref this[Count - 1];
    }

    /// <summary>Adds an item before the first and returns a reference to it, for the caller to fill.</summary>
    public ref T AddFirst()
    {
        if (Count == _items.Length)
        {
            Resize(Math.Max(MinCapacity, _items.Length * 2));
        }

        _head = (_head - 1) & (_items.Length - 1);
        Count++;
        return ref _items[_head];
    }

    public void RemoveLast()
    {
        this[Count - 1] = default;
        Count--;
    }

    public void RemoveFirst(int count = 1)
    {
        for (var i = 0; i < count; i++)
        {
            _items[_head] = default;
            _head = (_head + 1) & (_items.Length - 1);
        }

        Count -= count;
        if (Count == 0)
        {
            _head = 0;
        }

        var capacity = _items.Length;
        while (capacity > MinCapacity && Count <= capacity / 4)
        {
            capacity /= 2;
        }

        if (capacity != _items.Length)
        {
            Resize(capacity);
        }
    }

    /// <summary>
    /// The first item past a place; the number of items if there is none. If an item is past the place, all later ones
    /// must be too.
    /// </summary>
    public int FirstPast<TPlace>(TPlace place, Past<TPlace> isPast)
    {
        var low = 0;
        var high = Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (isPast(this[middle], place))
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    public void Clear()
    {
        _items = [];
        _head = 0;
        Count = 0;
    }

    private void Resize(int capacity)
    {
        var items = new T[capacity];
        var upToEnd = Math.Min(Count, _items.Length - _head);
        Array.Copy(_items, _head, items, 0, upToEnd);
        Array.Copy(_items, 0, items, upToEnd, Count - upToEnd);
        _items = items;
        _head = 0;
    }
}
