using RedisBackplane.Simulation.Farm;

namespace RedisBackplane.Simulation.Checks;

/// <summary>Faults must not flood a server's log: the number of entries of each event in a burst is limited.</summary>
internal static class LogBounds
{
    // Of one stream: two bursts, each of which may log five entries of an event, can be within the time.
    private const int MostLines = 10;

    // Events of which more than that are necessary, and the limit of each.
    private static readonly Dictionary<int, int> Exceptions = new()
    {
        // One for each connection of each Redis that is lost, and one when it is back.
        [1004] = 20,
        [1005] = 20,

        // One for each time that Redis lost something, may have, or could not be read for a while.
        [2006] = 20,
        [3002] = 20,
        [3005] = 20,
        [3006] = 20,
    };

    public static void Check(FarmRun run)
    {
        foreach (var server in run.Servers)
        {
            foreach (var (eventId, lines) in server.Logger.Bursts)
            {
                if (lines > Exceptions.GetValueOrDefault(eventId, MostLines) * server.Streams.All.Count)
                {
                    throw new ViolationException(
                        $"The log is bounded: {server.Actor.Name} wrote event {eventId} {lines} times within "
                        + $"{FarmLogger.LengthOfABurst.TotalSeconds} s.");
                }
            }
        }
    }
}
