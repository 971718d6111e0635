using RedisBackplane.LastMile;
using RedisBackplane.LastMile.Servers;
using RedisBackplane.LastMile.Soak;

if (args is ["server", var variant, var port, var redis])
{
    await LoadServer.RunAsync(variant, int.Parse(port, System.Globalization.CultureInfo.InvariantCulture), redis);
    return 0;
}

if (args is ["soak", .. var soak])
{
    if (SoakSettings.TryParse(soak, out var kind))
    {
        return await new ConnectionSoak(kind).RunAsync() ? 0 : 1;
    }

    Console.Error.WriteLine(SoakSettings.Usage);
    return 2;
}

if (!Settings.TryParse(args, out var settings))
{
    Console.Error.WriteLine(Settings.Usage);
    return 2;
}

return await new Comparison(settings).RunAsync();
