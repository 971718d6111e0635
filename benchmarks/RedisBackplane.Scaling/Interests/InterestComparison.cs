namespace RedisBackplane.Scaling.Interests;

/// <summary>
/// Compares one channel for everybody with channels for interests: docs/decisions/0006-one-channel-per-stream.md.
/// </summary>
internal static class InterestComparison
{
    public static async Task RunAsync(InterestSettings settings)
    {
        // So that the first rows do not include the compilation.
        foreach (var design in Enum.GetValues<InterestDesign>())
        {
            await using var farm = await InterestFarm.StartAsync(design, servers: 2, settings);
            _ = await new InterestRun(farm, settings with { Seconds = 1 }, settings.Sizes[0], settings.Batches[0]).RunAsync();
        }

        Console.WriteLine("| bytes | batch | servers | design | messages/s | Redis CPU, µs/message | servers' CPU, µs/message "
            + "| Redis out, bytes/message | fastest, messages/s | Redis CPU then |");
        Console.WriteLine("|--:|--:|--:|---|--:|--:|--:|--:|--:|--:|");
        foreach (var size in settings.Sizes)
        {
            foreach (var batch in settings.Batches)
            {
                foreach (var servers in settings.Servers)
                {
                    foreach (var design in Enum.GetValues<InterestDesign>())
                    {
                        await using var farm = await InterestFarm.StartAsync(design, servers, settings);
                        var result = await new InterestRun(farm, settings, size, batch).RunAsync();
                        Console.WriteLine(FormattableString.Invariant($"| {size} | {batch} | {servers} | {design} ") + result.ToCells());
                    }
                }
            }
        }

        Console.WriteLine();
        foreach (var design in Enum.GetValues<InterestDesign>())
        {
            Console.WriteLine(await SubscriptionCost.MeasureAsync(design, settings));
        }
    }
}
