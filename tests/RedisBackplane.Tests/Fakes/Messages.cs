using System.Text;

namespace RedisBackplane.Tests.Fakes;

/// <summary>Messages for tests, and how to compare them.</summary>
internal static class Messages
{
    public static Message Create(
        string value = "value",
        string key = "key",
        string source = "source",
        string? commandId = null,
        string? filter = null,
        bool waitForAck = false,
        bool isAck = false) => new()
        {
            Key = key,
            Source = source,
            Value = new ArraySegment<byte>(Encoding.UTF8.GetBytes(value)),
            CommandId = commandId,
            Filter = filter,
            WaitForAck = waitForAck,
            IsAck = isAck,
        };

    public static Message OfSize(int bytes, string key = "key", string source = "source") => new()
    {
        Key = key,
        Source = source,
        Value = new ArraySegment<byte>(new byte[bytes]),
    };

    public static string ValueOf(Message message) =>
        message.Value.Count == 0 ? string.Empty : Encoding.UTF8.GetString(message.Value.Array!, message.Value.Offset, message.Value.Count);

    /// <summary>Everything of a message that is sent, for a comparison. Empty and absent strings are equal.</summary>
    public static string Describe(Message message) => string.Join(
        "|",
        message.Key,
        message.Source,
        message.CommandId is { Length: > 0 } command ? "command " + command : "-",
        message.Filter is { Length: > 0 } filter ? "filter " + filter : "-",
        message.WaitForAck ? "wait" : "-",
        message.IsAck ? "ack" : "-",
        message.Value.Count == 0 ? string.Empty : BitConverter.ToString(message.Value.Array!, message.Value.Offset, message.Value.Count));
}
