namespace RedisBackplane.Tests.Delivery;

/// <summary>A random schedule of two servers, which receive the same stream, and of their clients.</summary>
internal sealed class DeliverySchedule : IDisposable
{
    private readonly Random _random;
    private readonly StreamModel _model;
    private readonly Server[] _servers;
    private readonly string[] _groups;
    private bool _commands = true;

    public DeliverySchedule(int seed, DeliveryLimits limits)
    {
        _random = new Random(seed);
        _model = new StreamModel((ulong)_random.Next(1, 3) * (ulong)_random.Next(1, 100_000));
        limits = limits with
        {
            MaxPinnedBytes = _random.Next(3) == 0 ? 1 : 1_000_000,
            MaxLingeringKeys = _random.Next(3) == 0 ? 2 : 1000,
        };
        _servers = [new Server(limits), new Server(limits)];
        _groups = [.. Enumerable.Range(0, _random.Next(1, 8)).Select(i => $"group{i}")];
    }

    public List<Client> Clients { get; } = [];

    /// <summary>Some frames are of the older package.</summary>
    public bool SharesIds { get; init; }

    public long Overruns => _servers.Sum(server => server.Harness.Counters.Overruns.Value);

    public List<ulong> Expect(Client client) => _model.Expect(client.FirstKeys, client.Began!.Value);

    public void RunWithoutCommands()
    {
        _commands = false;
        Run();
    }

    public void Run()
    {
        for (var step = 0; step < 400; step++)
        {
            Step();
        }

        Finish();
    }

    public void Dispose()
    {
        foreach (var server in _servers)
        {
            server.Harness.Dispose();
        }
    }

    private void Step()
    {
        var server = _servers[_random.Next(2)];
        switch (_random.Next(20))
        {
            case < 5:
                Publish();
                break;
            case < 9:
                Feed(server);
                break;
            case < 13:
                if (server.Harness.Pool.Count > 0)
                {
                    server.Harness.Pool.RunAt(_random.Next(server.Harness.Pool.Count));
                }

                break;
            case < 14:
                server.Harness.Pool.RunAll();
                break;
            case < 15:
                Connect(server);
                break;
            case < 16:
                Leave();
                break;
            case < 18:
                Return(server);
                break;
            case < 19:
                Answer();
                break;
            default:
                if (_random.Next(4) == 0)
                {
                    Start(server);
                }

                server.Harness.Time.Advance(TimeSpan.FromSeconds(_random.Next(20)));
                break;
        }
    }

    private void Publish()
    {
        var messages = new List<(string, string?)>();
        for (var i = _random.Next(1, 7); i > 0; i--)
        {
            var key = RandomKey();
            string? command = null;
            if (_commands && _random.Next(5) == 0)
            {
                var group = _groups[_random.Next(_groups.Length)];
                command = _random.Next(3) == 0 ? "remove|" + group : "add|" + group;
            }

            messages.Add((key, command));
        }

        _model.Publish(messages, _random.Next(10) == 0 ? (ulong)_random.Next(1, 1000) : 0, SharesIds && _random.Next(2) == 0);
    }

    private string RandomKey() => _random.Next(10) switch
    {
        < 2 => "nobody",
        < 6 when Clients.Count > 0 => Clients[_random.Next(Clients.Count)].Subscriber.Identity,
        _ => _groups[_random.Next(_groups.Length)],
    };

    private void Feed(Server server)
    {
        if (server.HasStarted && server.Fed < _model.Frames.Count)
        {
            var frame = _model.Frames[server.Fed++];
            server.LastId = frame.Header.LastId;
            server.Harness.Append(frame);
        }
    }

    private void Start(Server server)
    {
        if (server.HasStarted)
        {
            return;
        }

        server.HasStarted = true;
        while (server.Fed < _model.Frames.Count)
        {
            Feed(server);
        }

        server.LastId = _model.LastId;
        server.Harness.Delivery.GetSink(0).Start(server.LastId);
        foreach (var client in Clients.Where(client => client.Server == server))
        {
            client.Began ??= server.LastId;
        }
    }

    private void Connect(Server server)
    {
        if (Clients.Count == 8)
        {
            return;
        }

        var name = $"client{Clients.Count}";
        var client = new Client(name, [name, .. _groups.Where(_ => _random.Next(3) == 0)])
        {
            Began = server.HasStarted ? server.LastId : null,
        };
        client.Subscriber.Answer = () => Answer(client);
        Clients.Add(client);
        Subscribe(client, server);
    }

    private Task<bool> Answer(Client client)
    {
        if (_random.Next(4) > 0)
        {
            return Task.FromResult(true);
        }

        client.Answer = new TaskCompletionSource<bool>();
        return client.Answer.Task;
    }

    private void Subscribe(Client client, Server server)
    {
        client.Server = server;
        server.Harness.Subscribe(client.Subscriber, client.Cursor, _random.Next(1, 12));
    }

    private void Leave()
    {
        var present = Clients.Where(client => client.Server is not null && client.Answer is null).ToList();
        if (present.Count == 0)
        {
            return;
        }

        var client = present[_random.Next(present.Count)];
        var ofLastBatch = client.Subscriber.LastCursor;
        var ofTheEnd = client.Server!.Harness.Unsubscribe(client.Subscriber);
        client.Server = null;

        // A streaming client has the cursor of its last batch, a polling one that of the end. A client that never
        // had one with a place starts from the beginning. All messages of the model were sent long ago, so the time
        // since when it has waited does not matter.
        client.Cursor = ofLastBatch is not null && _random.Next(2) == 0 ? ofLastBatch : ofTheEnd;
        if (client.Cursor is null || client.Cursor.StartsWith("s-99999,", StringComparison.Ordinal))
        {
            client.Began = null;
        }
    }

    private void Return(Server server)
    {
        var absent = Clients.Where(client => client.Server is null).ToList();
        if (absent.Count == 0)
        {
            return;
        }

        var client = absent[_random.Next(absent.Count)];
        client.Began ??= server.HasStarted ? server.LastId : null;
        Subscribe(client, server);
    }

    private void Answer()
    {
        var waiting = Clients.Where(client => client.Answer is not null).ToList();
        if (waiting.Count > 0)
        {
            AnswerTo(waiting[_random.Next(waiting.Count)]);
        }
    }

    private static void AnswerTo(Client client)
    {
        var answer = client.Answer!;
        client.Answer = null;
        answer.SetResult(true);
    }

    private void Finish()
    {
        foreach (var server in _servers)
        {
            Start(server);
        }

        while (Clients.Any(client => client.Server is null))
        {
            Return(_servers[_random.Next(2)]);
        }

        foreach (var server in _servers)
        {
            while (server.Fed < _model.Frames.Count)
            {
                Feed(server);
            }
        }

        while (Clients.Any(client => client.Answer is not null) || _servers.Any(server => server.Harness.Pool.Count > 0))
        {
            Array.ForEach(_servers, server => server.Harness.Pool.RunAll());
            Answer();
        }
    }

    public sealed class Client
    {
        public Client(string name, string[] keys)
        {
            Subscriber = new TestClient(name, keys);
            FirstKeys = keys;
        }

        public TestClient Subscriber { get; }

        public string[] FirstKeys { get; }

        /// <summary>The id after which it started; null while its server does not know it.</summary>
        public ulong? Began { get; set; }

        public string? Cursor { get; set; }

        public Server? Server { get; set; }

        public TaskCompletionSource<bool>? Answer { get; set; }
    }

    public sealed class Server
    {
        public Server(DeliveryLimits limits) => Harness = new DeliveryHarness(limits, start: false);

        public DeliveryHarness Harness { get; }

        public bool HasStarted { get; set; }

        public int Fed { get; set; }

        public ulong LastId { get; set; }
    }
}
