using StackExchange.Redis;

namespace RedisBackplane.Simulation.Redis;

/// <summary>What goes wrong with the commands of one Redis: it refuses them, or loses a connection over them.</summary>
internal sealed class CommandFaults
{
    /// <summary>The error that it returns for scripts, instead of running them.</summary>
    public string? RefusesWrites { get; set; }

    /// <summary>The error that it returns for everything.</summary>
    public string? RefusesAll { get; set; }

    /// <summary>How many of the next scripts it refuses; null for all.</summary>
    public int? RefusalsLeft { get; set; }

    /// <summary>
    /// Breaks the connection that carries the next batch: before it is stored, or before it is answered.
    /// </summary>
    public (bool IsStored, int Remaining)? CutsNextBatch { get; set; }

    /// <exception cref="RedisServerException">The command is refused.</exception>
    public void ThrowIfRefused(bool isWrite, bool isReplica)
    {
        if (RefusesAll is { } all)
        {
            throw new RedisServerException(all);
        }

        if (isWrite && isReplica)
        {
            throw new RedisServerException("READONLY You can't write against a read only replica.");
        }

        if (isWrite && RefusesWrites is { } text)
        {
            if (RefusalsLeft is { } left && (RefusalsLeft = left - 1) == 0)
            {
                RefusesWrites = null;
                RefusalsLeft = null;
            }

            throw new RedisServerException(text);
        }
    }

    /// <summary>Breaks the connection that carries a batch, if it must break at this point.</summary>
    /// <returns>Whether it broke.</returns>
    public bool Cut(Link link, bool isStored)
    {
        if (CutsNextBatch is not { } cut || cut.IsStored != isStored)
        {
            return false;
        }

        CutsNextBatch = cut.Remaining > 1 ? (isStored, cut.Remaining - 1) : null;
        link.Break();
        return true;
    }
}
