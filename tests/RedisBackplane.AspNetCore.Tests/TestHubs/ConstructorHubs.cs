namespace RedisBackplane.AspNetCore.Tests.TestHubs;

/// <summary>The tutorial's singleton.</summary>
public sealed class Ticker
{
    private Ticker(string name) => Name = name;

    public static Ticker Instance { get; } = new("singleton");

    public string Name { get; }

    public static Ticker Named(string name) => new(name);
}

/// <summary>The tutorial's two constructors.</summary>
public sealed class TickerHub(Ticker ticker) : Hub
{
    public TickerHub()
        : this(Ticker.Instance)
    {
    }

    public string Name() => ticker.Name;
}

/// <summary>A hub whose longest constructor only some tests satisfy.</summary>
public sealed class ChoosyHub : Hub
{
    private readonly string _made;

    public ChoosyHub() => _made = "none";

    public ChoosyHub(Journal journal) => _made = journal is null ? "null" : "journal";

    public ChoosyHub(Journal journal, Ticker ticker, int number = 7) => _made = journal is null ? "null" : $"{ticker.Name} {number}";

    public string Made() => _made;
}

/// <summary>A hub that can only be created if a test registers its dependency.</summary>
public sealed class NeedyHub(Ticker ticker) : Hub
{
    public string Name() => ticker.Name;
}

/// <summary>A hub with asynchronous disposal, and methods that return value tasks.</summary>
public sealed class ModernHub(Journal journal) : Hub, IAsyncDisposable
{
    public async ValueTask<int> Sum(int a, int b)
    {
        await Task.Yield();
        return a + b;
    }

    public async ValueTask Wait()
    {
        await Task.Yield();
        journal.Write("modern", "waited");
    }

    public async ValueTask<int> Fail()
    {
        await Task.Yield();
        throw new HubException("failed");
    }

    public ValueTask DisposeAsync()
    {
        journal.Write("modern", "disposed");
        return ValueTask.CompletedTask;
    }
}
