using StackExchange.Redis;

namespace RedisBackplane.Tool.Diagnosis;

/// <summary>Runs the checks, one after the other.</summary>
internal static class Doctor
{
    private static readonly Func<Patient, Task<Finding>>[] Checks =
    [
        ServerChecks.Version,
        ServerChecks.Role,
        ServerChecks.Masters,
        ServerChecks.Replicas,
        FailoverChecks.Failover,
        ServerChecks.Persistence,
        ServerChecks.Eviction,
        ServerChecks.Memory,
        ServerChecks.OutputBuffers,
        ServerChecks.Protocol,
        AccessChecks.Scripts,
        AccessChecks.KeepingTheHistory,
        AccessChecks.Channel,
        AccessChecks.Writing,
        TimingChecks.Latency,
        TimingChecks.Clock,
        FarmChecks.Counter,
        FarmChecks.History,
        FarmChecks.Servers,
    ];

    /// <summary>Checks a server.</summary>
    public static async IAsyncEnumerable<Finding> ExamineAsync(Patient patient)
    {
        foreach (var check in Checks)
        {
            Finding finding;
            try
            {
                finding = await check(patient);
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                // A check without an answer must not hide the results of the others.
                finding = Finding.Bad(check.Method.Name, exception.Message, "Redis did not answer. Is it overloaded, or the network?");
            }

            yield return finding;
        }
    }
}
