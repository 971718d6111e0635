using RedisBackplane.Scaling;

if (!ScalingSettings.TryParse(args, out var settings))
{
    Console.Error.WriteLine(ScalingSettings.Usage);
    return 2;
}

Console.WriteLine("| servers | streams | messages/s | servers' CPU, µs/message | Redis CPU, µs/message | busiest Redis | Redis out, bytes/message |");
Console.WriteLine("|--:|--:|--:|--:|--:|--:|--:|");
var results = new List<ScalingResult>();
foreach (var servers in settings.Servers)
{
    foreach (var streams in settings.Streams)
    {
        await using var farm = await ScalingFarm.StartAsync(servers, streams);
        var result = await new ScalingRun(farm, settings).RunAsync();
        results.Add(result);
        Console.WriteLine(result.ToRow());
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
