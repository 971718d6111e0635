using RedisBackplane.FaultHarness;
using RedisBackplane.TestInfrastructure;
using StackExchange.Redis;

namespace RedisBackplane.Soak;

/// <summary>One Redis and the servers of a farm, which reach it over two proxies, each half over its own.</summary>
internal sealed class SoakFarm : IAsyncDisposable
{
    private readonly List<FaultServer> _servers = [];
    private readonly List<LoadSubscriber> _listening = [];
    private readonly List<LoadPublisher> _load = [];

    private SoakFarm(RedisServerProcess redis, SoakSettings settings)
    {
        Redis = redis;
        Proxies = [TcpProxy.Start(redis), TcpProxy.Start(redis)];
        Ledger = new Ledger(settings.ExpectedMessages);
    }

    public string AppName { get; } = AppNames.Unique("soak");

    public RedisServerProcess Redis { get; }

    public IReadOnlyList<TcpProxy> Proxies { get; }

    public Ledger Ledger { get; }

    public List<SoakSubscriber> Subscribers { get; } = [];

    public IReadOnlyList<FaultServer> Servers => _servers;

    public static async Task<SoakFarm> StartAsync(SoakSettings settings)
    {
        var farm = new SoakFarm(await RedisServerProcess.StartAsync(), settings);
        for (var i = 0; i < settings.Publishers + settings.Subscribers; i++)
        {
            farm._servers.Add(farm.AddServer(i < settings.Publishers ? $"publisher {i}" : $"subscriber {i - settings.Publishers}", i));
        }

        await Task.WhenAll(farm._servers.Select(server => server.ConnectedAsync()));
        foreach (var server in farm._servers.Skip(settings.Publishers))
        {
            var subscriber = new SoakSubscriber(farm.Ledger, settings.Publishers, settings.ExpectedMessages);
            farm.Subscribers.Add(subscriber);
            farm._listening.Add(new LoadSubscriber(server.Bus, subscriber.Enter));
        }

        farm._load.AddRange(farm._servers.Take(settings.Publishers).Select(
            server => new LoadPublisher(server.Bus, farm.Ledger, settings.Rate / settings.Publishers, settings.Size)));
        return farm;
    }

    public FaultServer AddServer(string name, int half) => new(name, options =>
    {
        options.ConnectionString = Proxies[half % 2].EndPoint;
        options.AppName = AppName;

        // Full before the first sample, so that what grows afterwards is a leak.
        options.MaxLogBytes = 4 * 1024 * 1024;
    });

    /// <summary>Runs a command on the Redis itself, past the proxies.</summary>
    public async Task DoAsync(params object[] words)
    {
        using var connection = await ConnectionMultiplexer.ConnectAsync(
            Redis.EndPoint + ",allowAdmin=true,syncTimeout=20000,asyncTimeout=20000");
        await connection.GetDatabase().ExecuteAsync((string)words[0], words[1..]);
    }

    public Task StopLoadAsync() => Task.WhenAll(_load.Select(publisher => publisher.StopAsync()));

    public async ValueTask DisposeAsync()
    {
        foreach (var publisher in _load)
        {
            await publisher.DisposeAsync();
        }

        _listening.ForEach(subscriber => subscriber.Dispose());
        _servers.ForEach(server => server.Dispose());
        foreach (var proxy in Proxies)
        {
            await proxy.DisposeAsync();
        }

        await Redis.DisposeAsync();
    }
}
