namespace RedisBackplane.Tests.Delivery;

/// <summary>
/// Two servers under SignalR's own bus, which receive the same stream on a thread each, while clients connect,
/// disconnect and change servers on theirs. Each client must receive what <see cref="StreamModel"/> computes.
/// </summary>
public sealed class ConcurrentDeliveryTests
{
    private const int Clients = 24;
    private const int Frames = 5000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Clients_WhileServersAreFed_GetWhatTheModelSays(int seed)
    {
        var model = NewModel(seed);
        using var first = new LoopbackMessageBus();
        using var second = new LoopbackMessageBus();
        LoopbackMessageBus[] buses = [first, second];
        var fed = new int[2];
        var feeders = buses
            .Select((bus, i) => Task.Run(() => Feed(bus, model, new Random(seed + i), () => Volatile.Write(ref fed[i], fed[i] + 1))))
            .ToArray();

        var clients = Enumerable.Range(0, Clients).Select(i => new RoamingClient(i, seed, model, buses, fed)).ToArray();
        // A client that leaves waits on its thread for a running callback. The pool's few threads must stay free for
        // the callbacks.
        await Task.WhenAll(clients.Select(client => Task.Factory.StartNew(
            client.Roam, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        await Task.WhenAll(feeders);
        foreach (var client in clients)
        {
            var expected = client.Expected;
            await Eventually.BecomesTrueAsync(
                () => client.Subscriber.Ids.Count >= expected.Count, $"seed {seed}: {client.Subscriber.Ids.Count} of {expected.Count}");
            client.Leave();
            Assert.Null(client.Subscriber.Fault);
            Assert.Equal(expected, client.Subscriber.Ids);
        }

        Assert.All(buses, bus => Assert.Equal(0, bus.Delivery.Counters.Overruns.Value));
        Assert.All(buses, bus => Assert.Equal(0, bus.Delivery.Counters.Subscriptions.Value));
    }

    private static StreamModel NewModel(int seed)
    {
        var random = new Random(seed);
        var model = new StreamModel(1);
        for (var i = 0; i < Frames; i++)
        {
            var messages = new List<(string, string?)>();
            for (var n = random.Next(1, 20); n > 0; n--)
            {
                var key = random.Next(3) switch
                {
                    0 => $"client{random.Next(Clients)}",
                    1 => $"group{random.Next(10)}",
                    _ => $"foreign{random.Next(1000)}",
                };
                var command = random.Next(20) == 0 ? $"{(random.Next(2) == 0 ? "add" : "remove")}|group{random.Next(10)}" : null;
                messages.Add((key, command));
            }

            model.Publish(messages, random.Next(50) == 0 ? 1000UL : 0);
        }

        return model;
    }

    private static void Feed(LoopbackMessageBus bus, StreamModel model, Random random, Action fed)
    {
        foreach (var frame in model.Frames)
        {
            bus.Append(frame);
            fed();
            if (random.Next(4) == 0)
            {
                Thread.Yield();
            }
        }
    }

    private sealed class RoamingClient
    {
        private readonly Random _random;
        private readonly StreamModel _model;
        private readonly LoopbackMessageBus[] _buses;
        private readonly int[] _fed;
        private readonly string[] _firstKeys;
        private ulong _began;
        private IDisposable? _registration;

        public RoamingClient(int number, int seed, StreamModel model, LoopbackMessageBus[] buses, int[] fed)
        {
            _random = new Random((seed * 1000) + number);
            _model = model;
            _buses = buses;
            _fed = fed;
            _firstKeys = [$"client{number}", .. Enumerable.Range(0, 10).Where(_ => _random.Next(4) == 0).Select(i => $"group{i}")];
            Subscriber = new TestClient($"client{number}", _firstKeys) { Answer = Answer };
        }

        public TestClient Subscriber { get; }

        public List<ulong> Expected => _model.Expect(_firstKeys, _began);

        public void Leave() => _registration!.Dispose();

        public void Roam()
        {
            // It starts anywhere in the stream of its first server, like a client that comes from another server.
            var heard = Volatile.Read(ref _fed[0]);
            _began = heard == 0 ? 0 : _model.Frames[_random.Next(heard)].Header.LastId;
            var cursor = $"s-0,{_began:X}";
            for (var i = 0; i < 12; i++)
            {
                _registration = _buses[_random.Next(2)].Subscribe(Subscriber, cursor, _random.Next(1, 20));
                var enough = Subscriber.Received.Count + _random.Next(200);
                SpinWait.SpinUntil(() => Subscriber.Received.Count >= enough, _random.Next(8));
                var subscription = Subscriber.Subscription;
                _registration.Dispose();
                var text = new StringWriter();
                subscription.WriteCursor(text);
                cursor = text.ToString();
                Subscriber.EventKeys = [.. Subscriber.Groups];
            }

            _registration = _buses[_random.Next(2)].Subscribe(Subscriber, cursor);
        }

        private async Task<bool> Answer()
        {
            if (Environment.CurrentManagedThreadId % 3 == 0)
            {
                await Task.Yield();
            }

            return true;
        }
    }
}
