using System.CommandLine;
using Microsoft.Extensions.Options;
using RedisBackplane.Tool.Benchmarking;
using RedisBackplane.Tool.Diagnosis;
using RedisBackplane.Tool.Farms;
using RedisBackplane.Tool.Histories;
using RedisBackplane.Tool.Monitoring;
using RedisBackplane.Tool.Output;
using RedisBackplane.Tool.Sending;

namespace RedisBackplane.Tool;

/// <summary>The complete command line, for <c>Main</c> and for tests.</summary>
internal static class ToolProgram
{
    public static async Task<int> RunAsync(
        string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken = default)
    {
        var root = new RootCommand(
            """
            Shows the messages of a classic SignalR farm on Redis, checks its Redis, sends messages and measures.

            --redis or the environment variable REDIS_BACKPLANE_REDIS names the Redis (default: localhost:6379), and --app names the farm.
            Keep the password out of the command line: use the environment variable REDIS_BACKPLANE_PASSWORD.

            Exit codes: 0 success; 1 a problem (doctor found one, a message was not sent, Ctrl-C before the end);
            2 wrong options, or no Redis at the address.
            """);
        FarmOptions.AddTo(root);
        root.Add(MonitorCommand.Create(output, error));
        root.Add(HistoryCommand.Create(output, error));
        root.Add(SendCommand.Create(output, error));
        root.Add(DoctorCommand.Create(output, error));
        root.Add(BenchCommand.Create(output, error));

        // Without the replacer, an argument that begins with @ is text, and not the name of a file with arguments.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            foreach (var wrong in parsed.Errors)
            {
                await error.WriteLineAsync(TerminalText.Escape(wrong.Message));
            }

            await error.WriteLineAsync("redis-backplane --help  shows the commands and options.");
            return ExitCodes.Unusable;
        }

        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false }, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is the normal end of a command without an end of its own, and of a measurement. Another command
            // has not done what a script relies on.
            return parsed.CommandResult.Command.Name is MonitorCommand.Name or BenchCommand.Name ? ExitCodes.Ok : ExitCodes.NotWell;
        }
        catch (Exception exception)
            when (exception.IsOfRedis() || exception is ToolException or BackplaneException or OptionsValidationException)
        {
            await error.WriteLineAsync(TerminalText.Escape(exception.Message));
            return exception is ToolException known ? known.ExitCode : ExitCodes.Unusable;
        }
    }
}
