namespace RedisBackplane.Tool.Benchmarking;

/// <summary>One row of a measurement.</summary>
/// <param name="InFlight">How many publishes wait for their acknowledgement at the same time.</param>
internal sealed record BenchCase(int Bytes, int InFlight)
{
    public static readonly IReadOnlyList<BenchCase> All =
    [
        new(100, 1),
        new(100, 64),
        new(100, 4096),
        new(1024, 64),
        new(1024, 4096),
        new(16 * 1024, 64),
    ];
}
