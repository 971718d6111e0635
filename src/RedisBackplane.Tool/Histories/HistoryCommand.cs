using System.CommandLine;
using RedisBackplane.Tool.Farms;
using RedisBackplane.Tool.Messages;
using RedisBackplane.Tool.Output;

namespace RedisBackplane.Tool.Histories;

/// <summary><c>history</c>: the messages of a farm that Redis still keeps.</summary>
internal static class HistoryCommand
{
    private const int DefaultLast = 20;

    public static Command Create(TextWriter output, TextWriter error)
    {
        var json = Screen.JsonOption("one JSON object a line for each message");
        var after = new Option<ulong?>("--after") { Description = "after an id, oldest first", HelpName = "ID" };
        var last = new Option<int>("--last", "-n")
        {
            Description = "the last N frames (batches of messages)",
            HelpName = "N",
            DefaultValueFactory = static _ => DefaultLast,
        }.Within(1);
        var stream = new Option<int>("--stream") { Description = "the stream of a farm with several, counted from 0", HelpName = "N" }
            .Within(0, RedisBackplaneOptions.MaxStreamCount - 1);
        var command = new Command("history", "Shows the messages that Redis keeps for servers that were cut off.")
        {
            json, after, last, stream,
        };
        MessageFilter.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var farm = FarmOptions.ReadFarm(parsed);
            var screen = new Screen(output, error, parsed.GetValue(json));
            var filter = MessageFilter.Read(parsed);
            await using var connection = await farm.ConnectAsync();
            var database = connection.GetDatabase(farm.Database);
            var servers = ServerNames.Of(database, farm);
            var history = new KeptHistory(database, farm.NamesOf(parsed.GetValue(stream)));
            var start = parsed.GetValue(after);
            var frames = start is { } id
                ? history.ReadAfterAsync(id, cancellationToken)
                : history.ReadLastAsync(parsed.GetValue(last), cancellationToken);
            var writer = new MessageWriter(screen);
            await foreach (var frame in frames)
            {
                var server = await servers.FindAsync(frame.Header.Publisher);
                // The id may be one within a batch.
                var messages = SeenMessage.Of(frame, parsed.GetValue(stream), server, filter.WithValues)
                    .Where(message => start is null || message.Id > start);
                foreach (var message in messages.Where(filter.Wants))
                {
                    writer.Write(message);
                }
            }

            var summary = await history.SummarizeAsync();
            screen.Remark($"The history of '{farm.AppName}': {summary}; the last id is {summary.Counter ?? "not set"}.");
            return ExitCodes.Ok;
        });
        return command;
    }
}
