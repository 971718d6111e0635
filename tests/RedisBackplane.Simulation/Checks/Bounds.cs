using RedisBackplane.Simulation.Farm;

namespace RedisBackplane.Simulation.Checks;

/// <summary>What must hold at any time: memory is bounded, and a publish ends in time.</summary>
internal static class Bounds
{
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1.5);

    public static void Check(FarmRun run)
    {
        foreach (var server in run.LivingServers)
        {
            foreach (var stream in server.Streams.All)
            {
                var (messages, bytes) = (stream.Sent.QueueMessages, stream.Sent.QueueBytes);
                if (messages > server.Options.MaxQueueMessages || bytes > server.Options.MaxQueueBytes)
                {
                    throw new ViolationException($"Memory is bounded: {server.Actor.Name} queues {messages} messages, {bytes} bytes.");
                }
            }

            var counters = server.Delivery.Counters;
            if (counters.LogMessages.Value > server.Options.MaxLogMessages + server.Options.MaxBatchMessages)
            {
                throw new ViolationException($"Memory is bounded: {server.Actor.Name} logs {counters.LogMessages.Value} messages.");
            }

            if (server.OldestPending is { } oldest
                && run.Schedule.Now - oldest.SentAt - server.Paused > (server.Options.PublishTimeout + Slack).Ticks)
            {
                throw new ViolationException($"Everything ends: message {oldest.Number} of {server.Actor.Name} has no result.");
            }
        }

        // All segments, one that is being opened, the states, and the records of the publishers and of the farm.
        var most = 2 * run.Scenario.HistoryBytes + (64 * 1024);
        if (run.Nodes.Max(static node => node.Keys.Bytes) is var held && held > most)
        {
            throw new ViolationException($"Memory is bounded: Redis holds {held} bytes.");
        }
    }
}
