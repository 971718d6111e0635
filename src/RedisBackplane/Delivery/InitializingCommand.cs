using System.Text;
using Microsoft.AspNet.SignalR.Messaging;
using Newtonsoft.Json;

namespace RedisBackplane.Delivery;

/// <summary>
/// The command by which a server starts a connection of its own. No other server needs it, and a client that waits for
/// it must not wait for Redis.
/// </summary>
internal static class InitializingCommand
{
    private const int IdLength = 36;

    private static ReadOnlySpan<byte> Begin => "{\"WaitForAck\":false,\"Id\":\""u8;

    private static ReadOnlySpan<byte> Middle => "\",\"CommandType\":"u8;

    private static ReadOnlySpan<byte> End => ",\"Value\":null}"u8;

    /// <summary>
    /// Whether a message is that command. Other commands to a connection, such as abort, may concern another server.
    /// </summary>
    /// <param name="serializer">Returns the serializer with which SignalR wrote the command.</param>
    public static bool Is(Message message, Func<JsonSerializer> serializer)
    {
        if (!message.IsCommand || message.IsAck || message.WaitForAck || message.Value.Array is not { } bytes)
        {
            return false;
        }

        if (IsAsSignalRWrites(message.Value, out var type))
        {
            return type == CommandType.Initializing;
        }

        try
        {
            var text = Encoding.UTF8.GetString(bytes, message.Value.Offset, message.Value.Count);
            using var reader = new JsonTextReader(new StringReader(text));
            return serializer().Deserialize<Command>(reader) is { CommandType: CommandType.Initializing };
        }
        catch (Exception)
        {
            // It is no command of SignalR, or the application's serializer failed on it. It is sent like any other
            // message.
            return false;
        }
    }

    /// <summary>
    /// Whether a value is a command without a value of its own, as a serializer without settings writes it:
    /// <c>{"WaitForAck":false,"Id":"(a GUID)","CommandType":1,"Value":null}</c>. Every connection sends one, so it is
    /// recognised without parsing.
    /// </summary>
    public static bool IsAsSignalRWrites(ArraySegment<byte> value, out CommandType type)
    {
        var text = value.AsSpan();
        type = default;
        if (text.Length != Begin.Length + IdLength + Middle.Length + 1 + End.Length || !text.StartsWith(Begin) || !text.EndsWith(End)
            || !text.Slice(Begin.Length + IdLength, Middle.Length).SequenceEqual(Middle))
        {
            return false;
        }

        var digit = text[text.Length - End.Length - 1];
        type = (CommandType)(digit - '0');
        return digit is >= (byte)'0' and <= (byte)'9' && text.Slice(Begin.Length, IdLength).IndexOf((byte)'"') < 0;
    }

    /// <summary>A copy, whose caller may use its own again.</summary>
    public static Message Copy(Message message)
    {
        // The copy has an array of its own, because SignalR reads a command from the start of the array.
        var value = new byte[message.Value.Count];
        System.Buffer.BlockCopy(message.Value.Array!, message.Value.Offset, value, 0, value.Length);
        return new Message(message.Source, message.Key, new ArraySegment<byte>(value)) { CommandId = message.CommandId };
    }
}
