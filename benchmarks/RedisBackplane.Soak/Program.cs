using RedisBackplane.FaultHarness;
using RedisBackplane.Soak;

if (!SoakSettings.TryParse(args, out var settings))
{
    Console.Error.WriteLine(SoakSettings.Usage);
    return 2;
}

Console.WriteLine($"seed {settings.Seed}");
ExceptionWatch.Begin();
await using var farm = await SoakFarm.StartAsync(settings);
return await new SoakRun(settings, farm).RunAsync() ? 0 : 1;
