using System.Text;
using System.Text.Json;

namespace RedisBackplane.Tool.Messages;

/// <summary>Describes the content of a message in one line.</summary>
internal static class MessageText
{
    /// <summary>
    /// Describes a value: <c>ChatHub.broadcastMessage("Ann", "hello")</c> for a call of a hub, otherwise its text.
    /// </summary>
    public static string Describe(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            return string.Empty;
        }

        return TryDescribeCall(value) ?? OneLine(value);
    }

    // SignalR's ClientHubInvocation: H the hub, M the method, A the arguments.
    private static string? TryDescribeCall(ReadOnlySpan<byte> value)
    {
        try
        {
            var reader = new Utf8JsonReader(value);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty("H", out var hub)
                && root.TryGetProperty("M", out var method)
                && root.TryGetProperty("A", out var arguments)
                && arguments.ValueKind == JsonValueKind.Array)
            {
                var values = arguments.EnumerateArray().Select(argument => argument.GetRawText());
                return $"{hub.GetString()}.{method.GetString()}({string.Join(", ", values)})";
            }

            return null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // A persistent connection may send any text.
            return null;
        }
    }

    private static string OneLine(ReadOnlySpan<byte> value)
    {
        var text = Encoding.UTF8.GetString(value);
        return string.Create(text.Length, text, static (line, from) =>
        {
            for (var i = 0; i < line.Length; i++)
            {
                line[i] = char.IsControl(from[i]) ? '·' : from[i];
            }
        });
    }
}
