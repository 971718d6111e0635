using RedisBackplane.Load;
using RedisBackplane.Load.Nodes;

if (args is ["node"])
{
    return await NodeHost.RunAsync(Console.In, Console.Out);
}

if (args is ["--help"] or ["-h"] or ["help"])
{
    Console.WriteLine(LoadSettings.Usage);
    return 0;
}

if (!LoadSettings.TryParse(args, out var settings, out var error))
{
    Console.Error.WriteLine(error);
    Console.Error.WriteLine(LoadSettings.Usage);
    return 2;
}

return await new Coordinator(settings).RunAsync();
