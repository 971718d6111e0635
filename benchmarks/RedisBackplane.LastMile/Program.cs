using RedisBackplane.LastMile;
using RedisBackplane.LastMile.Servers;

if (args is ["server", var variant, var port, var redis])
{
    await LoadServer.RunAsync(variant, int.Parse(port, System.Globalization.CultureInfo.InvariantCulture), redis);
    return 0;
}

if (!Settings.TryParse(args, out var settings))
{
    Console.Error.WriteLine(Settings.Usage);
    return 2;
}

return await new Comparison(settings).RunAsync();
