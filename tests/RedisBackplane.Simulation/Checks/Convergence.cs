using RedisBackplane.Simulation.Farm;

namespace RedisBackplane.Simulation.Checks;

/// <summary>What must hold some time after the last fault: every outage ends.</summary>
internal static class Convergence
{
    private const string Name = "No outage is forever: ";

    public static void Check(FarmRun run)
    {
        if (Objection(run) is { } objection)
        {
            throw new ViolationException(Name + objection);
        }

        if (run.Scenario.Faults.Count == 0
            && run.Nodes.All(static node => node.Links.Overflows == 0)
            && run.Servers.Sum(static server => server.Streams.Reconnects) is var reconnects and > 0)
        {
            throw new ViolationException($"{Name}{reconnects} reconnects without a fault.");
        }
    }

    /// <summary>Returns what is not yet as it must be; null if all is.</summary>
    public static string? Objection(FarmRun run)
    {
        foreach (var server in run.LivingServers)
        {
            foreach (var stream in server.Streams.All)
            {
                var status = stream.GetStatus();
                if (!status.IsConnected || status.IsCatchingUp || status.QueueMessages > 0)
                {
                    return $"stream {stream.Index} of {server.Actor.Name} is {(status.IsConnected ? "connected" : "not connected")}, "
                        + $"catching up {status.IsCatchingUp}, queues {status.QueueMessages}. {status.LastError}";
                }
            }

            if (server.HasPending)
            {
                return $"{server.Actor.Name} waits for publishes.";
            }
        }

        return null;
    }

    /// <summary>After all faults, Redis does as much work for each message as if there had been none.</summary>
    public static void CheckCost(FarmRun run, Cost before, Cost after)
    {
        var (reads, stored) = (after.Reads - before.Reads, after.Stored - before.Stored);
        var (calls, pushes) = (after.PublishCalls - before.PublishCalls, after.Pushes - before.Pushes);
        if (reads > 0)
        {
            throw new ViolationException($"{Name}the history was read {reads} times for messages sent long after the last fault.");
        }

        if (calls != stored)
        {
            throw new ViolationException($"{Name}{calls} calls stored {stored} batches sent long after the last fault.");
        }

        if (pushes != stored * run.LivingServers.Count())
        {
            throw new ViolationException(
                $"{Name}Redis sent {stored} batches {pushes} times to {run.LivingServers.Count()} servers, long after the last fault.");
        }
    }

    public static void CheckLast(FarmRun run, IReadOnlyList<SentMessage> last)
    {
        foreach (var message in last)
        {
            if (!message.IsAcknowledged)
            {
                throw new ViolationException($"{Name}message {message.Number}, sent long after the last fault, is not acknowledged.");
            }

            foreach (var client in run.Clients)
            {
                if (!client.Received.Exists(received => received.Number == message.Number))
                {
                    throw new ViolationException(
                        $"{Name}message {message.Number}, sent long after the last fault, is not at {client.Identity}.");
                }
            }
        }
    }
}
