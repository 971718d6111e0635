using System.Text.Json;

namespace RedisBackplane.Plots;

/// <summary>The results of benchmarks/RedisBackplane.LastMile.</summary>
internal sealed class LastMileResults
{
    public const string FileName = "last-mile.json";

    private static readonly (string Row, string Name)[] Shown =
    [
        ("call-task", "call with a result"),
        ("direct", "message to one client"),
        ("group", "message to a group"),
        ("broadcast-100", "broadcast of 100 B, a delivery"),
        ("broadcast-4k", "broadcast of 4 KB, a delivery"),
    ];

    private readonly JsonElement[] _results;

    private LastMileResults(JsonElement[] results) => _results = results;

    public static LastMileResults Read(string file) =>
        new([.. JsonDocument.Parse(File.ReadAllText(file)).RootElement.EnumerateArray()]);

    public BarChart Cpu() => new(
        "CPU time of both servers, real WebSocket clients",
        "Shorter is better. Each group has its own scale.",
        "µs",
        ["classic SignalR with RedisBackplane, on .NET 10", "ASP.NET Core SignalR with its Redis backplane"],
        [
            .. from shown in Shown
               where _results.Any(result => result.GetProperty("Row").GetString() == shown.Row)
               select (shown.Name, new[] { Median(shown.Row, "ours"), Median(shown.Row, "aspnetcore") }),
        ]);

    private double Median(string row, string variant) => Statistics.Median(
        from result in _results
        where result.GetProperty("Row").GetString() == row && result.GetProperty("Variant").GetString() == variant
        select result.GetProperty("CpuMicroseconds").GetDouble());
}
