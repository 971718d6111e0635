using System.Diagnostics.Metrics;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>Counts hub calls by the path that serves them, to explain the cost of calls.</summary>
internal static class CallCounts
{
    private static readonly Meter Meter = new("RedisBackplane.AspNetCore");

    private static readonly Counter<long> Calls = Meter.CreateCounter<long>(
        "redis_backplane.host.hub_calls", "{call}", "Hub calls by path: own, or stock for what only SignalR's dispatcher serves.");

    private static readonly KeyValuePair<string, object?> Own = new("redis_backplane.path", "own");
    private static readonly KeyValuePair<string, object?> Stock = new("redis_backplane.path", "stock");

    public static void AddOwn() => Calls.Add(1, Own);

    public static void AddStock() => Calls.Add(1, Stock);
}
