using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Microsoft.AspNet.SignalR.Json;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// Turns the JSON of arguments into the parameters of hub methods, with the same results as SignalR. SignalR gives
/// arguments to a serializer with its own default settings, and creates one for each argument; here all share one.
/// </summary>
internal static class ArgumentReader
{
    private static readonly JsonSerializer Serializer = JsonUtility.CreateDefaultSerializer();

    private static readonly object True = true;
    private static readonly object False = false;

    /// <param name="envelope">
    /// The application's serializer, with which SignalR reads the call that contains the argument.
    /// </param>
    public static object? Read(ReadOnlySpan<byte> json, ArgumentKind kind, Type type, JsonSerializer envelope)
    {
        switch (kind)
        {
            case ArgumentKind.Null when type == typeof(string):
                return null;
            case ArgumentKind.Text when type == typeof(string):
                return ReadText(json);
            case ArgumentKind.True when type == typeof(bool):
                return True;
            case ArgumentKind.False when type == typeof(bool):
                return False;
            case ArgumentKind.Integer when type == typeof(int) && Utf8Parser.TryParse(json, out int number, out _):
                return number;
            case ArgumentKind.Integer when type == typeof(long) && Utf8Parser.TryParse(json, out long number, out _):
                return number;
            case ArgumentKind.Rewritten:
                return ReadRewritten(json, type, envelope);
            default:
                return ReadValue(json, type, envelope);
        }
    }

    private static string ReadText(ReadOnlySpan<byte> json)
    {
        var text = json[1..^1];
        if (!text.Contains((byte)'\\'))
        {
            return Encoding.UTF8.GetString(text);
        }

        var buffer = ArrayPool<byte>.Shared.Rent(text.Length);
        try
        {
            return Encoding.UTF8.GetString(buffer, 0, Unescape(text, buffer));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Without \u, which is read by the general code.
    private static int Unescape(ReadOnlySpan<byte> text, byte[] buffer)
    {
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            buffer[length++] = text[i] != '\\' ? text[i] : text[++i] switch
            {
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'t' => (byte)'\t',
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                var other => other,
            };
        }

        return length;
    }

    private static object? ReadValue(ReadOnlySpan<byte> json, Type type, JsonSerializer envelope)
    {
        var characters = ArrayPool<char>.Shared.Rent(Encoding.UTF8.GetMaxCharCount(json.Length));
        try
        {
            var count = Encoding.UTF8.GetChars(json, characters);
            using var reader = new JsonTextReader(new CharacterReader(characters, count)) { ArrayPool = JsonCharacters.Pool };
            return Serializer.Deserialize(reader, type);
        }
        catch (Exception)
        {
            // The text of the exception says where in the JSON it failed. SignalR would have read the rewritten JSON.
            return ReadRewritten(json, type, envelope);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(characters);
        }
    }

    private static object? ReadRewritten(ReadOnlySpan<byte> json, Type type, JsonSerializer envelope)
    {
        var raw = envelope.Parse<JRaw>(Encoding.UTF8.GetString(json));
        using var reader = new StringReader((string)raw.Value!);
        return Serializer.Deserialize(reader, type);
    }
}
