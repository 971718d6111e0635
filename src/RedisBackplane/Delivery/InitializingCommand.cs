using System.Text;
using Microsoft.AspNet.SignalR.Messaging;
using Newtonsoft.Json;

namespace RedisBackplane.Delivery;

/// <summary>
/// The command by which a server tells a connection of its own that it may start. No other server needs it, and a
/// client that waits for it must not wait for Redis.
/// </summary>
internal static class InitializingCommand
{
    /// <summary>
    /// Whether a message is that command. Others to a connection, such as abort, may concern another server.
    /// </summary>
    /// <param name="serializer">Gets the serializer with which SignalR wrote the command.</param>
    public static bool Is(Message message, Func<JsonSerializer> serializer)
    {
        if (!message.IsCommand || message.IsAck || message.WaitForAck || message.Value.Array is not { } bytes)
        {
            return false;
        }

        try
        {
            var text = Encoding.UTF8.GetString(bytes, message.Value.Offset, message.Value.Count);
            using var reader = new JsonTextReader(new StringReader(text));
            return serializer().Deserialize<Command>(reader) is { CommandType: CommandType.Initializing };
        }
        catch (Exception)
        {
            // It is not a command of SignalR, or the application's serializer failed on it: it is sent like any other
            // message.
            return false;
        }
    }

    /// <summary>A copy, whose caller may use its own again.</summary>
    public static Message Copy(Message message)
    {
        // An array of its own: SignalR reads a command from the start of the array.
        var value = new byte[message.Value.Count];
        System.Buffer.BlockCopy(message.Value.Array!, message.Value.Offset, value, 0, value.Length);
        return new Message(message.Source, message.Key, new ArraySegment<byte>(value)) { CommandId = message.CommandId };
    }
}
