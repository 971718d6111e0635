namespace RedisBackplane.Load;

/// <summary>How the publisher drives the bus.</summary>
internal enum Drive
{
    /// <summary>Senders that each await their publish before the next one: a fixed number in flight.</summary>
    Closed,

    /// <summary>A fixed rate, whatever the bus does: each message has a time at which it should be sent.</summary>
    Open,

    /// <summary>One sender, as fast as it can, awaiting nothing until the end.</summary>
    Burst,
}

/// <summary>One row of the measurement.</summary>
internal sealed record Scenario
{
    public required string Name { get; init; }

    /// <summary>What a reader of the table should know.</summary>
    public required string Title { get; init; }

    public Drive Drive { get; init; } = Drive.Closed;

    /// <summary>Bytes of a message's value.</summary>
    public int PayloadBytes { get; init; } = 100;

    /// <summary>Publishes not yet acknowledged (<see cref="Drive.Closed"/>).</summary>
    public int InFlight { get; init; } = 1;

    /// <summary>Messages per second (<see cref="Drive.Open"/>).</summary>
    public int Rate { get; init; }

    /// <summary>The most messages of a round, at any speed.</summary>
    public int MaxMessages { get; init; } = 2_000_000;

    /// <summary>Factor on the length of a round.</summary>
    public double Longer { get; init; } = 1;

    /// <summary>Servers that subscribe, in addition to the publishing one.</summary>
    public int Servers { get; init; } = 1;

    /// <summary>Keys that messages are spread over.</summary>
    public int Keys { get; init; } = 20;

    /// <summary>
    /// Connections of each subscribing server. Number n listens to key <c>n % Keys</c>, or to a key without messages.
    /// </summary>
    public int Connections { get; init; } = 20;

    /// <summary>Whether the connections listen to keys without messages.</summary>
    public bool IsUnheard { get; init; }

    /// <summary>
    /// Each round has new processes and an empty Redis, and begins with its first message: no warm-up, no counter.
    /// </summary>
    public bool IsCold { get; init; }

    /// <summary>
    /// The subscribing servers stand still while the publisher sends, and Redis closes their channels. The round
    /// measures how they read from the history what they missed.
    /// </summary>
    public bool IsReadBack { get; init; }

    public IReadOnlyList<Variant> Variants { get; init; } = [Variant.Ours, Variant.Reference, Variant.Raw];

    /// <summary>Sequences of messages, each with one sender and one key, so that its order is defined.</summary>
    public int Lanes => Drive == Drive.Closed ? Math.Max(InFlight, Keys) : Keys;

    public static IReadOnlyList<Scenario> All { get; } =
        [.. Throughput(), .. Cold(), .. ReadBack(), .. Servers_(), .. Connections_(), .. Latency()];

    private static IEnumerable<Scenario> Throughput()
    {
        foreach (var (bytes, size) in new[] { (100, "100B"), (1024, "1KB"), (16 * 1024, "16KB"), (64 * 1024, "64KB") })
        {
            foreach (var inFlight in bytes > 16 * 1024 ? new[] { 1, 64 } : [1, 64, 4096])
            {
                yield return new Scenario
                {
                    Name = $"throughput/{size}/{inFlight}",
                    Title = $"Throughput, {size}, {inFlight:N0} in flight",
                    PayloadBytes = bytes,
                    InFlight = inFlight,
                    MaxMessages = bytes > 10_000 ? 60_000 : 2_000_000,
                };
            }
        }
    }

    private static IEnumerable<Scenario> Cold()
    {
        foreach (var (bytes, size) in new[] { (100, "100B"), (1024, "1KB"), (16 * 1024, "16KB") })
        {
            yield return new Scenario
            {
                Name = $"cold/{size}",
                Title = $"A farm whose first message begins saturating load, {size}, 4,096 in flight",
                PayloadBytes = bytes,
                InFlight = 4096,
                MaxMessages = bytes > 10_000 ? 60_000 : 2_000_000,
                Longer = 2,
                IsCold = true,
                Variants = [Variant.Ours, Variant.Reference],
            };
        }
    }

    private static IEnumerable<Scenario> ReadBack()
    {
        foreach (var servers in new[] { 1, 8 })
        {
            yield return new Scenario
            {
                Name = $"read-back/{servers}",
                Title = $"{servers} cut-off server{(servers > 1 ? "s" : "")} that read back up to 56 MB, 16KB",
                PayloadBytes = 16 * 1024,
                InFlight = 64,
                MaxMessages = 3_500,
                Longer = 4,
                Servers = servers,
                IsReadBack = true,
                Variants = [Variant.Ours],
            };
        }
    }

    private static IEnumerable<Scenario> Servers_()
    {
        foreach (var servers in new[] { 1, 2, 4 })
        {
            yield return new Scenario
            {
                Name = $"servers/{servers}",
                Title = $"{servers} subscribing server{(servers > 1 ? "s" : "")}, 1KB, 4,096 in flight",
                PayloadBytes = 1024,
                InFlight = 4096,
                Servers = servers,
            };
        }
    }

    private static IEnumerable<Scenario> Connections_()
    {
        foreach (var connections in new[] { 20, 200, 2_000, 10_000 })
        {
            yield return new Scenario
            {
                Name = $"connections/{connections}",
                Title = $"{connections:N0} local connections, each with its own key of 100,000, 100B, 4,096 in flight",
                InFlight = 4096,
                Keys = 100_000,
                Connections = connections,
            };
        }

        yield return new Scenario
        {
            Name = "unheard",
            Title = "Messages that no connection of the server listens to, 100B, 4,096 in flight",
            InFlight = 4096,
            Keys = 100_000,
            IsUnheard = true,
        };
        yield return new Scenario
        {
            Name = "broadcast",
            Title = "Broadcasts to 5,000 connections of one server, 100B, one in flight",
            InFlight = 1,
            Keys = 1,
            Connections = 5_000,
            MaxMessages = 200,
            Variants = [Variant.Ours, Variant.Reference],
        };
        yield return new Scenario
        {
            Name = "burst",
            Title = "20,000 messages to one key as fast as they come, 100B",
            Drive = Drive.Burst,
            Keys = 1,
            Connections = 1,
            MaxMessages = 20_000,
        };
    }

    private static IEnumerable<Scenario> Latency()
    {
        foreach (var rate in new[] { 100, 1_000, 5_000, 20_000 })
        {
            yield return new Scenario
            {
                Name = $"latency/{rate}",
                Title = $"Latency at {rate:N0} messages per second, 100B",
                Drive = Drive.Open,
                Rate = rate,
                Longer = 2,
                Variants = [Variant.Ours, Variant.Reference, Variant.Raw],
            };
        }
    }
}
