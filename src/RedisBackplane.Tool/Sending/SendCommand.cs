using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNet.SignalR.Hubs;
using Newtonsoft.Json.Linq;
using RedisBackplane.Tool.Farms;
using RedisBackplane.Tool.Output;

namespace RedisBackplane.Tool.Sending;

/// <summary><c>send</c>: calls a method of a hub's clients from the shell.</summary>
internal static class SendCommand
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create(TextWriter output, TextWriter error)
    {
        var hub = new Argument<string>("hub") { Description = "the hub's exact name on the server, such as ChatHub" };
        var method = new Argument<string>("method") { Description = "the clients' method to call, such as broadcastMessage" };
        var arguments = new Argument<string[]>("arguments")
        {
            Description = "its arguments, each as JSON; an argument that is not valid JSON is a string",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var group = new Option<string?>("--group", "-g") { Description = "only the members of a group", HelpName = "NAME" };
        var user = new Option<string?>("--to-user", "-u") { Description = "only the connections of a user", HelpName = "NAME" };
        var connection = new Option<string?>("--connection", "-c") { Description = "only one connection", HelpName = "ID" };
        var timeout = new Option<int>("--timeout")
        {
            Description = "seconds to wait for Redis",
            HelpName = "SECONDS",
            DefaultValueFactory = static _ => 5,
        }.Within(1, 3600, " seconds");
        var legacy = new Option<bool>("--legacy")
        {
            Description = "writes the format of Microsoft.AspNet.SignalR.StackExchangeRedis, for a farm that has servers of it",
        };
        var json = Screen.JsonOption("says what was sent as a JSON object");
        var command = new Command("send", "Calls a method of a hub's clients, as a server of the farm would.")
        {
            hub, method, arguments, group, user, connection, timeout, legacy, json,
        };
        command.Validators.Add(result =>
        {
            string?[] targets = [result.GetValue(group), result.GetValue(user), result.GetValue(connection)];
            if (targets.Count(target => target is not null) > 1)
            {
                result.AddError("--group, --to-user and --connection exclude each other.");
            }

            if (targets.Contains(string.Empty))
            {
                result.AddError("--group, --to-user and --connection need a name.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var farm = FarmOptions.ReadFarm(parsed);
            var screen = new Screen(output, error, parsed.GetValue(json));
            var values = (parsed.GetValue(arguments) ?? []).Select(ReadArgument).ToArray<object>();
            var limit = TimeSpan.FromSeconds(parsed.GetValue(timeout));
            var format = parsed.GetValue(legacy) ? WireFormat.Legacy : WireFormat.Current;
            if (format == WireFormat.Current)
            {
                await OlderPackage.RefuseAsync(farm, limit, cancellationToken);
            }

            using var sender = new HubSender(farm, format, limit);
            var (clients, target) = Choose(
                sender.ClientsOf(parsed.GetValue(hub)!), parsed.GetValue(group), parsed.GetValue(user), parsed.GetValue(connection));
            await sender.SendAsync(clients, parsed.GetValue(method)!, values, cancellationToken);
            if (screen.IsJson)
            {
                screen.WriteJson(
                    new { Hub = parsed.GetValue(hub), Method = parsed.GetValue(method), Target = target, Arguments = values.Length });
            }
            else
            {
                screen.WriteLine(
                    $"Sent {parsed.GetValue(hub)}.{parsed.GetValue(method)} to {target} of '{farm.AppName}'; Redis has it.");
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static (IClientProxy Clients, string Target) Choose(
        IHubConnectionContext<object> clients, string? group, string? user, string? connection) =>
        (group, user, connection) switch
        {
            ({ } name, _, _) => ((IClientProxy)clients.Group(name), $"group {name}"),
            (_, { } name, _) => ((IClientProxy)clients.User(name), $"user {name}"),
            (_, _, { } id) => ((IClientProxy)clients.Client(id), $"connection {id}"),
            _ => ((IClientProxy)clients.All, "all clients"),
        };

    /// <summary>An argument as it is sent. Newtonsoft's reader would accept more than JSON, and change dates.</summary>
    internal static JToken ReadArgument(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            // Without line breaks between values: server-sent events end with a line.
            return new JRaw(JsonSerializer.Serialize(document.RootElement, Compact));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter for half of a surrogate pair.
            return new JValue(text);
        }
    }
}
