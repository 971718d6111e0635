using System.Diagnostics;
using RedisBackplane.LastMile.Clients;
using RedisBackplane.LastMile.Servers;

namespace RedisBackplane.LastMile;

/// <summary>Two servers of one variant and the connections to them.</summary>
internal sealed class Farm : IAsyncDisposable
{
    private const int GroupSize = 100;

    // Of both servers together, in one second.
    private const int FewMethods = 20;

    // .NET waits with the second compilation while it compiles anything for the first time.
    private const int QuietSeconds = 3;

    // A server creates some objects once, at its first connections.
    private const int FirstConnections = 200;

    // Multiples of both sides' intervals: 10 and 15 s.
    private static readonly TimeSpan KeepAliveWarmUp = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan KeepAlivePeriod = TimeSpan.FromSeconds(60);
    private static readonly ParallelOptions Parallelism = new() { MaxDegreeOfParallelism = 32 };
    private static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _variant;
    private readonly Settings _settings;
    private readonly ServerProcess[] _servers;
    private readonly DeliveryLog _log = new();
    private readonly SocketsHttpHandler _handler = new() { PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5) };
    private readonly HttpMessageInvoker _http;
    private readonly IProtocol _protocol;
    private readonly List<LoadClient> _clients = [];

    private Farm(string variant, Settings settings, ServerProcess[] servers)
    {
        _variant = variant;
        _settings = settings;
        _servers = servers;
        _http = new HttpMessageInvoker(_handler, disposeHandler: false);
        _protocol = variant == "aspnetcore" ? new CoreProtocol() : new ClassicProtocol(settings.Transport);
    }

    public static async Task<Farm> StartAsync(string variant, string redis, Settings settings)
    {
        // A server that starts reads the history, which would be that of the farm before.
        await ServerProcess.ForgetAsync(redis);
        ServerProcess[] servers = [await ServerProcess.StartAsync(variant, redis), await ServerProcess.StartAsync(variant, redis)];
        return new Farm(variant, settings, servers);
    }

    /// <summary>What a new connection costs.</summary>
    public async IAsyncEnumerable<Result> MeasureNewConnectionsAsync()
    {
        await WarmUpAsync(VisitForASecondAsync);
        var before = await UsageAsync(collect: true);
        var watch = Stopwatch.StartNew();
        await ConnectAsync(_settings.Connections);
        var seconds = watch.Elapsed.TotalSeconds;
        var made = _settings.Connections;
        var used = await UsageAsync() - before;
        yield return OfConnections(Settings.Connect, made / seconds, used.CpuMilliseconds * 1000 / made, used.Allocated / made);
    }

    /// <summary>What connections cost that do nothing.</summary>
    public async IAsyncEnumerable<Result> MeasureIdleConnectionsAsync()
    {
        await ConnectAsync(FirstConnections);
        var before = await UsageAsync(collect: true);
        await ConnectAsync(_settings.Connections);
        var made = _settings.Connections;
        if (_settings.Wants(Settings.Idle))
        {
            // Bytes: of the managed heap. The rate is that of the working set.
            var held = await UsageAsync(collect: true) - before;
            yield return OfConnections(Settings.Idle, held.WorkingSet / made, double.NaN, held.Heap / made);
        }

        if (_settings.Wants(Settings.KeepAlive))
        {
            await Task.Delay(KeepAliveWarmUp);
            var idle = await UsageAsync();
            await Task.Delay(KeepAlivePeriod);
            var after = await UsageAsync();
            var used = after - idle;
            // CPU: of one connection in one second. The rate is that of the working set.
            yield return OfConnections(
                Settings.KeepAlive,
                (after - before).WorkingSet / made,
                used.CpuMilliseconds * 1000 / KeepAlivePeriod.TotalSeconds / made,
                used.Allocated / KeepAlivePeriod.TotalSeconds / made);
        }
    }

    public async IAsyncEnumerable<Result> MeasureRowsAsync()
    {
        await ConnectAsync(_settings.Connections);
        foreach (var client in _clients.Take(GroupSize))
        {
            await client.CallAsync("Join");
        }

        foreach (var row in Row.All.Where(row => _settings.Wants(row.Name)))
        {
            await WarmUpAsync(() => RunAsync(row, OneSecond));
            yield return await RunAsync(row, _settings.Duration);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_clients.Select(client => client.DisposeAsync().AsTask()));
        _http.Dispose();
        _handler.Dispose();
        foreach (var server in _servers)
        {
            server.Dispose();
        }
    }

    // They have no messages, whose times could be told.
    private Result OfConnections(string row, double perSecond, double microseconds, double bytes) =>
        new(row, _variant, perSecond, microseconds, bytes, double.NaN, double.NaN, 0);

    private async Task<Usage> UsageAsync(bool collect = false) =>
        await _servers[0].ReadAsync(collect) + await _servers[1].ReadAsync(collect);

    private async Task ConnectAsync(int count)
    {
        var numbers = Enumerable.Range(_clients.Count, count);
        await Parallel.ForEachAsync(numbers, Parallelism, async (number, _) =>
        {
            // Ports are few on one address.
            var connection = await _protocol.ConnectAsync(_http, $"127.0.0.{1 + (number / 20_000)}", _servers[number % 2].Port);
            var client = new LoadClient(connection, _protocol, _log);
            client.Start();
            lock (_clients)
            {
                _clients.Add(client);
            }
        });
    }

    // They tell the server that they leave. It would keep a broken connection for another half minute.
    private async Task VisitForASecondAsync()
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < OneSecond;)
        {
            await Parallel.ForEachAsync(
                Enumerable.Range(0, 100),
                Parallelism,
                async (number, _) => await _protocol.VisitAsync(_http, "127.0.0.1", _servers[number % 2].Port));
        }
    }

    // A server compiles its methods twice, the second time better, when they have run often. On two busy cores this
    // goes on for many seconds, in which the one whose methods came compiled with the framework is ahead.
    private async Task WarmUpAsync(Func<Task> runForASecond)
    {
        var before = await UsageAsync();
        for (int second = 0, quiet = 0; second < _settings.LongestWarmUp && quiet < QuietSeconds; second++)
        {
            await runForASecond();
            var after = await UsageAsync();
            quiet = (after - before).Compiled < FewMethods ? quiet + 1 : 0;
            before = after;
        }
    }

    private async Task<Result> RunAsync(Row row, TimeSpan duration)
    {
        var reached = row.Reaches switch
        {
            Reach.All => _clients.Count,
            Reach.Group => Math.Min(GroupSize, _clients.Count),
            _ => 1,
        };
        using var room = new SemaphoreSlim(row.InFlight);
        var untilComplete = reached;
        var allCame = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        long expected = long.MaxValue;
        _log.Reset();
        _log.Came = () =>
        {
            if (reached == 1 || Interlocked.Increment(ref untilComplete) % reached == 0)
            {
                room.Release();
            }

            if (_log.Count >= Volatile.Read(ref expected))
            {
                allCame.TrySetResult();
            }
        };

        var before = await UsageAsync();
        var watch = Stopwatch.StartNew();
        var sent = 0;
        while (watch.Elapsed < duration)
        {
            if (row.PerSecond > 0 && sent >= watch.Elapsed.TotalSeconds * row.PerSecond)
            {
                await Task.Delay(1);
                continue;
            }

            if (!await room.WaitAsync(Patience))
            {
                break;
            }

            var sending = SendAsync(row, sent++);
            if (_settings.Transport == ClassicProtocol.WebSockets)
            {
                await sending;
            }
            else
            {
                // A request that ends with the call. What fails is missing.
                _ = sending.ContinueWith(
                    static failed => Console.Error.WriteLine(failed.Exception!.InnerException), TaskContinuationOptions.OnlyOnFaulted);
            }
        }

        Volatile.Write(ref expected, (long)sent * reached);
        if (_log.Count < expected)
        {
            await Task.WhenAny(allCame.Task, Task.Delay(Patience));
        }

        var seconds = watch.Elapsed.TotalSeconds;
        var used = await UsageAsync() - before;
        _log.Came = null;
        var count = Math.Max(1, _log.Count);
        return new Result(
            row.Name, _variant, count / seconds, used.CpuMilliseconds * 1000 / count, used.Allocated / count,
            _log.Percentile(0.5), _log.Percentile(0.99), expected - _log.Count);
    }

    private Task SendAsync(Row row, int number)
    {
        var client = _clients[number % _clients.Count];
        var text = LoadClient.Text(row.Bytes);
        return row.Reaches == Reach.Other
            ? client.CallAsync(row.Method, _clients[(number * 7 + 1) % _clients.Count].Id, text)
            : client.CallAsync(row.Method, text);
    }
}
