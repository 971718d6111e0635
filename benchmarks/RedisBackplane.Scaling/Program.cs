using RedisBackplane.Scaling;
using RedisBackplane.Scaling.Interests;

if (args is [InterestSettings.Command, ..])
{
    if (!InterestSettings.TryParse(args[1..], out var interests))
    {
        Console.Error.WriteLine(InterestSettings.Usage);
        return 2;
    }

    await InterestComparison.RunAsync(interests);
    return 0;
}

if (!ScalingSettings.TryParse(args, out var settings))
{
    Console.Error.WriteLine(ScalingSettings.Usage);
    return 2;
}

// Hot code is compiled a second time while it runs. In a cold process, the first row costs twice as much.
await using (var farm = await ScalingFarm.StartAsync(2, 1, 0))
{
    await new ScalingRun(farm, settings with { Seconds = 5 }).RunAsync();
}

Console.WriteLine(ScalingResult.Header);
var results = new List<ScalingResult>();
foreach (var masters in settings.Masters)
{
    foreach (var servers in settings.Servers)
    {
        foreach (var streams in settings.Streams)
        {
            // One stream on its own Redis is the same as one stream on one Redis.
            if (masters == 1 && streams == 1 && settings.Masters.Contains(0) && settings.Streams.Contains(1))
            {
                continue;
            }

            await using var farm = await ScalingFarm.StartAsync(servers, streams, masters);
            var result = await new ScalingRun(farm, settings).RunAsync();
            results.Add(result);
            Console.WriteLine(result.ToRow());
        }
    }
}

Console.WriteLine();
foreach (var line in CostModel.Describe(results))
{
    Console.WriteLine(line);
}

Console.WriteLine();
Console.WriteLine(await ConnectionCost.MeasureAsync(settings.Connections));
return 0;
