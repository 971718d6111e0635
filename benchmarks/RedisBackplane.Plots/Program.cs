using RedisBackplane.Plots;

// The folder with the results, and the one for the pictures.
switch (args)
{
    case ["outage", var results]:
        await Outage.MeasureAsync(Path.Combine(results, Outage.FileName));
        return 0;
    case ["draw", var results, var pictures]:
        var load = LoadResults.Read(Path.Combine(results, LoadResults.FileName));
        var lastMile = LastMileResults.Read(Path.Combine(results, LastMileResults.FileName));
        Directory.CreateDirectory(pictures);
        File.WriteAllText(Path.Combine(pictures, "throughput.svg"), load.Throughput().Draw());
        File.WriteAllText(Path.Combine(pictures, "cpu.svg"), load.Cpu().Draw());
        File.WriteAllText(Path.Combine(pictures, "latency.svg"), load.Latency().Draw());
        File.WriteAllText(Path.Combine(pictures, "aspnetcore.svg"), lastMile.Cpu().Draw());
        File.WriteAllText(Path.Combine(pictures, "outage.svg"), Outage.Read(Path.Combine(results, Outage.FileName)).Draw());
        return 0;
    default:
        Console.Error.WriteLine("usage: Plots outage RESULTS | Plots draw RESULTS PICTURES");
        return 2;
}
