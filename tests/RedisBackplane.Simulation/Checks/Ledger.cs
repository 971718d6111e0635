using System.Buffers.Binary;
using RedisBackplane.Simulation.Farm;
using RedisBackplane.Wire;

namespace RedisBackplane.Simulation.Checks;

/// <summary>Compares what was sent with what every client received.</summary>
internal static class Ledger
{
    // No run sends that much.
    private const long LargeHistory = 1024 * 1024;

    public static void Check(FarmRun run)
    {
        foreach (var client in run.Clients)
        {
            CheckOrder(run, client);
            CheckLosses(run, client);
        }

        CheckReports(run);
        CheckFailovers(run);
    }

    private static void CheckOrder(FarmRun run, FarmClient client)
    {
        // A client that moves to another server when Redis has lost its memory may receive a message twice.
        var mayRepeat = client.HasMoved && run.Losses > 0;
        var seen = new HashSet<int>();
        var lastIds = new ulong[RedisBackplaneOptions.MaxStreamCount];
        var lastNumbers = new Dictionary<(int, int), int>();
        foreach (var (stream, id, number) in client.Received)
        {
            if (id <= lastIds[stream])
            {
                throw new ViolationException($"Order: {client.Identity} received id {id} of stream {stream} after {lastIds[stream]}.");
            }

            lastIds[stream] = id;
            if (!seen.Add(number))
            {
                if (!mayRepeat)
                {
                    throw new ViolationException($"Nothing comes twice: {client.Identity} received {number} again under id {id}.");
                }

                continue;
            }

            var message = run.Sent[number];
            if (message.Key != "all" && !client.Keys.Contains(message.Key))
            {
                throw new ViolationException($"Keys: {client.Identity} received {number}, which is for {message.Key}.");
            }

            var publisher = (message.Server.Index, message.Stream);
            if (lastNumbers.TryGetValue(publisher, out var before) && before > number && !WasStoredAgain(run, message))
            {
                throw new ViolationException($"Order: {client.Identity} received {number} of {message.Server.Actor.Name} after {before}.");
            }

            lastNumbers[publisher] = number;
        }
    }

    private static void CheckLosses(FarmRun run, FarmClient client)
    {
        var received = client.Received.Select(static message => message.Number).ToHashSet();
        foreach (var message in run.Sent)
        {
            if (message.IsAcknowledged
                && message.SentAt > Math.Max(client.Since, client.Servers[0].OpenedAt ?? 0)
                && client.Keys.Contains(message.Key)
                && !received.Contains(message.Number)
                && !IsExcused(run, client, message))
            {
                throw new ViolationException(
                    $"Nothing acknowledged is lost: {message.Number} of {message.Server.Actor.Name} never came to {client.Identity}, "
                    + "and its loss was not reported.");
            }
        }
    }

    private static bool IsExcused(FarmRun run, FarmClient client, SentMessage message)
    {
        // Both Redis and the publisher have lost it. A failover loses nothing that replicas have confirmed.
        var losses = run.Scenario.WaitForReplicas > 0 ? run.LossesOfKeys : run.Losses;
        if (message.Server.Actor.IsDead && losses > 0)
        {
            return true;
        }

        // The log of a server no longer reached back to the position of its client. The server counts and logs this.
        if (client.Servers.Exists(static server => server.Delivery.Counters.Overruns.Value > 0))
        {
            return true;
        }

        var ids = run.StoredIds[message.Number].ToList();
        bool IsReported(ulong id) => client.Servers.Exists(server =>
            server.Lost.Exists(lost => lost.Stream == message.Stream && lost.After < id && id <= lost.UpTo));

        // Nobody can know an id that only a demoted master had given. The message was sent again under another id.
        return ids.Exists(IsReported) && ids.TrueForAll(id => IsReported(id) || !run.Node.Keys.HasGiven(id));
    }

    // A loss that nothing can have caused must not be reported.
    private static void CheckReports(FarmRun run)
    {
        if (run.Losses > 0 || run.Scenario.HistoryBytes < LargeHistory)
        {
            return;
        }

        foreach (var server in run.Servers)
        {
            if (server.Lost.Count > 0)
            {
                throw new ViolationException(
                    $"What is lost is told: {server.Actor.Name} reports ids {server.Lost[0].After} to {server.Lost[0].UpTo}, "
                    + "and Redis has lost nothing.");
            }
        }
    }

    // A replica that takes over has everything that replicas had to confirm before it was acknowledged.
    private static void CheckFailovers(FarmRun run)
    {
        foreach (var (acknowledged, keys) in run.Failovers)
        {
            if (Array.Find(acknowledged, message => !run.StoredIds[message.Number].Any(keys.HasGiven)) is { } lost)
            {
                throw new ViolationException(
                    $"What replicas confirmed survives a failover: {lost.Number} of {lost.Server.Actor.Name} was acknowledged, "
                    + "and the replica that took over did not have it.");
            }
        }
    }

    // After a loss of memory, the order may differ between clients: one that had missed the message receives it when it
    // is stored again.
    private static bool WasStoredAgain(FarmRun run, SentMessage message) => run.Losses > 0 && run.StoredIds[message.Number].Count() > 1;

    /// <summary>The ids under which each message was stored, by its number; several if it was stored again.</summary>
    public static ILookup<int, ulong> StoredIds(FarmRun run)
    {
        var ids = new List<(int Number, ulong Id)>();
        foreach (var frame in FramesOf(run))
        {
            var index = 0;
            foreach (var message in frame)
            {
                ids.Add((BinaryPrimitives.ReadInt32LittleEndian(ValueOf(frame, message)), frame.Header.IdOf(index++)));
            }
        }

        return ids.ToLookup(static stored => stored.Number, static stored => stored.Id);
    }

    private static List<Frame> FramesOf(FarmRun run)
    {
        var frames = new List<Frame>();
        var assembly = new FrameAssembly();
        foreach (var payload in run.Nodes.SelectMany(static node => node.Published))
        {
            if (assembly.TryComplete((byte[])payload.Clone(), out var frame, out _))
            {
                frames.Add(frame);
            }
        }

        return frames;
    }

    private static Span<byte> ValueOf(in Frame frame, in FrameMessage message) =>
        frame.Buffer.AsSpan(message.Value.Offset, message.Value.Length);
}
