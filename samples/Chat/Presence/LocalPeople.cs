namespace Chat.Presence;

/// <summary>Everybody on this server. Thread-safe.</summary>
public sealed class LocalPeople
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Person> _people = [];

    public Person? Find(string id)
    {
        lock (_lock)
        {
            return _people.GetValueOrDefault(id);
        }
    }

    /// <summary>Adds or replaces a person. The rooms stay those that the person is in.</summary>
    public Person Join(string id, string name, IReadOnlyList<string> rooms)
    {
        lock (_lock)
        {
            var all = _people.GetValueOrDefault(id)?.Rooms.Union(rooms, StringComparer.Ordinal) ?? rooms;
            return _people[id] = new Person(id, name, Sorted(all));
        }
    }

    public Person? Enter(string id, string room) => Change(id, rooms => rooms.Union([room], StringComparer.Ordinal));

    public Person? Leave(string id, string room) => Change(id, rooms => rooms.Except([room], StringComparer.Ordinal));

    public bool Remove(string id)
    {
        lock (_lock)
        {
            return _people.Remove(id);
        }
    }

    public IReadOnlyList<Person> All()
    {
        lock (_lock)
        {
            return [.. _people.Values
                .OrderBy(person => person.Name, StringComparer.OrdinalIgnoreCase)
                .ThenBy(person => person.Id, StringComparer.Ordinal)];
        }
    }

    private Person? Change(string id, Func<IReadOnlyList<string>, IEnumerable<string>> change)
    {
        lock (_lock)
        {
            return _people.TryGetValue(id, out var person) ? _people[id] = person with { Rooms = Sorted(change(person.Rooms)) } : null;
        }
    }

    private static string[] Sorted(IEnumerable<string> rooms) =>
        [.. rooms.Distinct(StringComparer.Ordinal).Order(StringComparer.OrdinalIgnoreCase).ThenBy(room => room, StringComparer.Ordinal)];
}
