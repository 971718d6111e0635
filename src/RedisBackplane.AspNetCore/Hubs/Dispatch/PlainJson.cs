using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNet.SignalR.Hubs;
using Newtonsoft.Json;
using RedisBackplane.AspNetCore.Transports;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// Writes the most frequent answers and messages to clients without a serializer: no value, a string, a number or a
/// boolean. The bytes are those of a serializer without settings. <see cref="IsAsWrittenBy"/> decides whether another
/// serializer writes the same.
/// </summary>
internal static class PlainJson
{
    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(code => (char)code), '"', '\\', '\u0085', '\u2028', '\u2029']);

    private static readonly Type[] Types =
        [typeof(string), typeof(bool), typeof(int), typeof(long), typeof(object[]), typeof(HubResponse), typeof(ClientHubInvocation)];

    private static readonly object?[] Samples =
    [
        null, string.Empty, "a<>&'\"\\/\b\t\n\f\r\u0001\u001f\u007f\u0085\u2028\u2029ü\ud83d\ude00\ud800",
        true, false, 0, int.MinValue, long.MaxValue,
    ];

    public static bool TryWriteAnswer(Utf8Writer writer, string id, object? result)
    {
        if (!IsPlain(result))
        {
            return false;
        }

        writer.WriteUtf8("{"u8);
        if (result is not null)
        {
            writer.WriteUtf8("\"R\":"u8);
            WriteValue(writer, result);
            writer.WriteUtf8(","u8);
        }

        writer.WriteUtf8("\"I\":"u8);
        WriteText(writer, id);
        writer.WriteUtf8("}"u8);
        return true;
    }

    /// <param name="message">A call of a client method, without state.</param>
    public static bool TryWriteMessage(Utf8Writer writer, ClientHubInvocation message)
    {
        if (message.Args is not { } arguments || message.Hub is null || message.Method is null || !Array.TrueForAll(arguments, IsPlain))
        {
            return false;
        }

        writer.WriteUtf8("{\"H\":"u8);
        WriteText(writer, message.Hub);
        writer.WriteUtf8(",\"M\":"u8);
        WriteText(writer, message.Method);
        writer.WriteUtf8(",\"A\":["u8);
        for (var i = 0; i < arguments.Length; i++)
        {
            if (i > 0)
            {
                writer.WriteUtf8(","u8);
            }

            WriteValue(writer, arguments[i]);
        }

        writer.WriteUtf8("]}"u8);
        return true;
    }

    /// <summary>Whether a serializer writes the same. It lets the serializer write some values to find out.</summary>
    public static bool IsAsWrittenBy(JsonSerializer serializer)
    {
        try
        {
            return !Array.Exists(Types, type => Converts(serializer, type))
                && Samples.All(sample => IsSame(serializer, sample))
                && IsSame(serializer, new ClientHubInvocation { Hub = "hub\"", Method = "method<", Args = Samples! })
                && IsSame(serializer, new ClientHubInvocation { Hub = "hub", Method = "method", Args = [] });
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool Converts(JsonSerializer serializer, Type type) =>
        serializer.ContractResolver.ResolveContract(type).Converter is { CanWrite: true }
        || serializer.Converters.Any(converter => converter.CanWrite && converter.CanConvert(type));

    private static bool IsPlain(object? value) => value is null or string or bool or int or long;

    private static bool IsSame(JsonSerializer serializer, object? sample) => IsSame(
        serializer, new HubResponse { Result = sample!, Id = "1\"" }, writer => TryWriteAnswer(writer, "1\"", sample));

    private static bool IsSame(JsonSerializer serializer, ClientHubInvocation sample) =>
        IsSame(serializer, sample, writer => TryWriteMessage(writer, sample));

    private static bool IsSame(JsonSerializer serializer, object sample, Func<Utf8Writer, bool> write)
    {
        var writer = Utf8Writer.Take();
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        serializer.Serialize(text, sample);
        var isSame = write(writer) && writer.Written.Span.SequenceEqual(Encoding.UTF8.GetBytes(text.ToString()));
        writer.Return();
        return isSame;
    }

    private static void WriteValue(Utf8Writer writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteUtf8("null"u8);
                break;
            case string text:
                WriteText(writer, text);
                break;
            case bool truth:
                writer.WriteUtf8(truth ? "true"u8 : "false"u8);
                break;
            case int number:
                WriteNumber(writer, number);
                break;
            case long number:
                WriteNumber(writer, number);
                break;
        }
    }

    private static void WriteNumber(Utf8Writer writer, long number)
    {
        Span<byte> digits = stackalloc byte[20];
        number.TryFormat(digits, out var count, provider: CultureInfo.InvariantCulture);
        writer.WriteUtf8(digits[..count]);
    }

    /// <summary>Writes a text as a JSON string.</summary>
    public static void WriteText(Utf8Writer writer, ReadOnlySpan<char> text)
    {
        writer.WriteUtf8("\""u8);
        for (var next = text.IndexOfAny(Escaped); next >= 0; next = text.IndexOfAny(Escaped))
        {
            writer.Write(text[..next]);
            WriteEscaped(writer, text[next]);
            text = text[(next + 1)..];
        }

        writer.Write(text);
        writer.WriteUtf8("\""u8);
    }

    private static void WriteEscaped(Utf8Writer writer, char character)
    {
        switch (character)
        {
            case '"' or '\\':
                writer.Write('\\');
                writer.Write(character);
                break;
            case '\b':
                writer.WriteUtf8("\\b"u8);
                break;
            case '\t':
                writer.WriteUtf8("\\t"u8);
                break;
            case '\n':
                writer.WriteUtf8("\\n"u8);
                break;
            case '\f':
                writer.WriteUtf8("\\f"u8);
                break;
            case '\r':
                writer.WriteUtf8("\\r"u8);
                break;
            default:
                writer.Write(string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"));
                break;
        }
    }
}
