using RedisBackplane.FaultHarness;

// One server of a farm with a subscriber, in a process of its own. It writes what it receives to the standard output,
// and ends with its standard input.
if (args.Length != 3 || args[0] != "node")
{
    await Console.Error.WriteLineAsync("Usage: RedisBackplane.FaultHarness node <connection string> <app name>");
    return 1;
}

using var server = new FaultServer("node", options => (options.ConnectionString, options.AppName) = (args[1], args[2]));
await server.ConnectedAsync();

var output = Console.Out;
using (new LoadSubscriber(server.Bus, Write))
{
    lock (output)
    {
        output.WriteLine("ready");
        output.Flush();
    }

    while (await Console.In.ReadLineAsync() is not null)
    {
        // It gets no commands: it ends when its input ends.
    }
}

await Console.Error.WriteLineAsync(server.Logs.Summarize());
return 0;

void Write(int publisher, int number, long at)
{
    lock (output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{publisher} {number} {at}"));
        output.Flush();
    }
}
