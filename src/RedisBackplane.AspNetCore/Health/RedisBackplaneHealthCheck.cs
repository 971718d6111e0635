using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace RedisBackplane.AspNetCore.Health;

/// <summary>Reports the health of a bus, in words and data that a person can act on.</summary>
/// <param name="current">Returns the current status of the bus; <see langword="null"/> if there is no bus.</param>
internal sealed class RedisBackplaneHealthCheck(Func<RedisBackplaneStatus?> current, RedisBackplaneHealthOptions options, TimeProvider time)
    : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var failure = context.Registration.FailureStatus;
        return Task.FromResult(
            current() is { } status
                ? Judge(status, failure)
                : new HealthCheckResult(failure, "There is no Redis backplane: call AddRedisBackplane on what AddClassicSignalR returns."));
    }

    private HealthCheckResult Judge(RedisBackplaneStatus status, HealthStatus failure)
    {
        var data = Data(status);
        if (!status.IsConnected)
        {
            var away = time.GetUtcNow() - status.Since;
            return new HealthCheckResult(away >= options.UnhealthyAfter ? failure : HealthStatus.Degraded, Away(status, away), data: data);
        }

        if (status.IsCatchingUp)
        {
            return new HealthCheckResult(
                HealthStatus.Degraded, "Fetching messages that were missed, from the history in Redis.", data: data);
        }

        return status.QueueUsage >= options.DegradedQueueUsage
            ? new HealthCheckResult(HealthStatus.Degraded, Crowded(status), data: data)
            : new HealthCheckResult(HealthStatus.Healthy, "Connected; messages go out and come in.", data: data);
    }

    private static string Away(RedisBackplaneStatus status, TimeSpan away)
    {
        var where = string.Join(", ", status.Streams.Where(stream => !stream.IsConnected).Select(stream => stream.Endpoints).Distinct());
        var what = status.IsCatchingUp ? "is there again, and missed messages are being fetched" : "is away";
        var why = status.LastError is null ? string.Empty : $" The last error: {status.LastError}";
        return Invariant($"Redis at {where} {what}, for {away.TotalSeconds:0} s now; {status.QueueMessages} messages wait.{why}");
    }

    private static string Crowded(RedisBackplaneStatus status) =>
        Invariant($"The send queue is {status.QueueUsage:P0} full ({status.QueueMessages} messages, {status.QueueBytes} bytes): ")
        + "Redis takes too little.";

    private static Dictionary<string, object> Data(RedisBackplaneStatus status)
    {
        var data = new Dictionary<string, object>
        {
            ["connected"] = status.IsConnected,
            ["since"] = status.Since,
            ["catchingUp"] = status.IsCatchingUp,
            ["hasHistory"] = status.HasHistory,
            ["queueMessages"] = status.QueueMessages,
            ["queueBytes"] = status.QueueBytes,
            ["queueUsage"] = status.QueueUsage,
            ["messagesFailed"] = status.MessagesFailed,
            ["messagesLost"] = status.MessagesLost,
            ["gapsFilled"] = status.GapsFilled,
            ["gapsUnfilled"] = status.GapsUnfilled,
            ["retries"] = status.Retries,
            ["reconnects"] = status.Reconnects,
        };
        if (status.LastError is { } error)
        {
            data.Add("lastError", error);
        }

        return data;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
