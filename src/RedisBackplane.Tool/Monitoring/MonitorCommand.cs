using System.CommandLine;
using RedisBackplane.Tool.Farms;
using RedisBackplane.Tool.Messages;
using RedisBackplane.Tool.Output;

namespace RedisBackplane.Tool.Monitoring;

/// <summary><c>monitor</c>: the messages of a farm, live.</summary>
internal static class MonitorCommand
{
    public const string Name = "monitor";

    public static Command Create(TextWriter output, TextWriter error)
    {
        var json = Screen.JsonOption("one JSON object a line for each message");
        var count = new Option<int>("--count", "-n") { Description = "ends after N messages (default: with Ctrl-C)", HelpName = "N" }
            .Within(1);
        var command = new Command(Name, "Shows the messages on a farm's channel, decoded, as they come.") { json, count };
        MessageFilter.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var farm = FarmOptions.ReadFarm(parsed);
            var screen = new Screen(output, error, parsed.GetValue(json));
            await using var connection = await farm.ConnectAsync();
            var monitor = new ChannelMonitor(farm, screen, MessageFilter.Read(parsed));
            await monitor.RunAsync(connection, parsed.GetValue(count) is > 0 and var wanted ? wanted : null, cancellationToken);
            return ExitCodes.Ok;
        });
        return command;
    }
}
