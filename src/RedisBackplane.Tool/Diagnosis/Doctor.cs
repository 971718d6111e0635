using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Diagnosis;

/// <summary>Runs the checks, one after the other.</summary>
internal static class Doctor
{
    // Programs know a check by its name, whatever its result is.
    private static readonly (string Name, Func<Patient, Task<Finding>> Make)[] Checks =
    [
        ("version", ServerChecks.Version),
        ("role", ServerChecks.Role),
        ("masters", ServerChecks.Masters),
        ("replicas", ServerChecks.Replicas),
        ("failover", FailoverChecks.Failover),
        ("persistence", ServerChecks.Persistence),
        ("eviction", ServerChecks.Eviction),
        ("memory", ServerChecks.Memory),
        ("output buffers", ServerChecks.OutputBuffers),
        ("protocol", ServerChecks.Protocol),
        ("scripts and keys", AccessChecks.Scripts),
        ("keeping the history", AccessChecks.KeepingTheHistory),
        ("channel", AccessChecks.Channel),
        ("writing and publishing", AccessChecks.Writing),
        ("latency", TimingChecks.Latency),
        ("clock", TimingChecks.Clock),
        ("counter", FarmChecks.Counter),
        ("history", FarmChecks.History),
        ("servers", FarmChecks.Servers),
    ];

    /// <summary>Checks a server.</summary>
    public static async IAsyncEnumerable<Finding> ExamineAsync(
        Patient patient, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var (name, make) in Checks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return await MakeAsync(make, patient) with { Check = name };
        }
    }

    // A check without an answer must not hide the results of the others.
    private static async Task<Finding> MakeAsync(Func<Patient, Task<Finding>> check, Patient patient)
    {
        try
        {
            return await check(patient);
        }
        catch (RedisCommandException exception)
        {
            return Finding.Unknown(exception.Message);
        }
        catch (RedisServerException exception)
        {
            var isAboutRights = exception.Message.StartsWith("NOPERM", StringComparison.Ordinal);
            return Finding.Bad(exception.Message, isAboutRights ? AccessChecks.Rule : "Redis refused. Its answer gives the reason.");
        }
        catch (Exception exception) when (exception.IsOfRedis())
        {
            return Finding.Bad(exception.Message, "Redis did not answer. Is it overloaded, or the network?");
        }
    }
}
