using System.Globalization;

namespace RedisBackplane.Tool.Diagnosis;

/// <summary>Checks what can be lost when a replica takes over (docs/topologies.md).</summary>
internal static class FailoverChecks
{
    public static async Task<Finding> Failover(Patient patient)
    {
        if (patient.Number("connected_slaves") is not { } replicas)
        {
            return Finding.Unknown(patient.WhyUnknown("connected_slaves"));
        }

        var (value, why) = await patient.ConfigAsync("min-replicas-to-write");
        if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var needed))
        {
            return Finding.Unknown(replicas == 0 ? "no replica takes over; whether Redis needs one for writes is unknown: " + why : why);
        }

        var found = $"min-replicas-to-write {needed}, replicas: {replicas}";
        return needed switch
        {
            _ when needed > replicas => Finding.Bad(
                found, "Redis refuses every write (NOREPLICAS), and messages wait. Connect more replicas, or set min-replicas-to-write "
                    + "lower."),
            0 when replicas == 0 => Finding.Good("no replica takes over"),
            0 => Finding.Better(
                found, "A master that is cut off from its replicas goes on storing messages. When it comes back, their publishers "
                    + "send them again, unless they have ended or keep them no longer (RepublishWindow, RepublishMaxBytes). Then they "
                    + "are lost. Use WaitForReplicas, or two replicas and min-replicas-to-write 1. " + Demotion(patient)),
            _ when needed == replicas => Finding.Better(
                found, "When one more replica is away, or has taken over, Redis refuses to write, and messages wait. Use more "
                    + "replicas than min-replicas-to-write says."),
            _ => Finding.Good(found + "; a master that is cut off stores nothing"),
        };
    }

    private static string Demotion(Patient patient) => patient switch
    {
        _ when patient.Info("cluster_enabled") == "1" => "In a cluster, it then follows the new master at once.",
        { Farm.IsBySentinel: true } => "Sentinel makes it a replica about ten seconds later.",
        _ => "Nothing here names a Sentinel: after a failover by hand, make the old master a replica before anybody uses it (REPLICAOF).",
    };
}
