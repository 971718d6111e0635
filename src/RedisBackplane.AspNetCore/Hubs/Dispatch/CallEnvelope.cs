using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// A hub call in its JSON: hub, method, id, and the places of its arguments. It reads only the form that every client
/// library sends. Everything else is left to SignalR's own parser, whose rules are wider (comments, single quotes,
/// names in any case, state).
/// </summary>
internal struct CallEnvelope
{
    public const int MaxArguments = 16;

    // An argument may be 20 levels deep. If it is nearly that deep, SignalR decides.
    private const int MaxDepth = 18;

    public Range Hub;
    public Range Method;
    public string? Id;
    public int ArgumentCount;
    public ArgumentSlices Arguments;

    private bool _hasArguments;
    private bool _hasState;

    /// <returns><see langword="false"/> if SignalR must read the call.</returns>
    public static bool TryRead(ReadOnlySpan<byte> json, out CallEnvelope call)
    {
        call = default;
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
            return call.TryRead(ref reader) && !IsEmpty(call.Hub) && !IsEmpty(call.Method) && call.Id is not null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // It is not JSON, or not UTF-8.
            return false;
        }
    }

    private bool TryRead(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueIsEscaped || reader.ValueSpan.Length != 1)
            {
                return false;
            }

            var name = reader.ValueSpan[0];
            if (!reader.Read() || !TryReadProperty(name, ref reader))
            {
                return false;
            }
        }

        // Another read fails if anything follows.
        return reader.TokenType == JsonTokenType.EndObject && !reader.Read();
    }

    private bool TryReadProperty(byte name, ref Utf8JsonReader reader) => name switch
    {
        (byte)'H' => TryReadName(ref reader, ref Hub),
        (byte)'M' => TryReadName(ref reader, ref Method),
        (byte)'I' => TryReadId(ref reader),
        (byte)'A' => TryReadArguments(ref reader),
        (byte)'S' => TryReadNoState(ref reader),
        _ => false,
    };

    private static bool TryReadName(ref Utf8JsonReader reader, ref Range name)
    {
        if (reader.TokenType != JsonTokenType.String || reader.ValueIsEscaped || !IsEmpty(name))
        {
            return false;
        }

        var start = (int)reader.TokenStartIndex + 1;
        name = start..(start + reader.ValueSpan.Length);
        return true;
    }

    private static bool IsEmpty(Range range) => range.Equals(default);

    private bool TryReadId(ref Utf8JsonReader reader)
    {
        if (Id is not null || reader.ValueIsEscaped)
        {
            return false;
        }

        // SignalR takes the text of a number as the id.
        Id = reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Number when ArgumentSlice.IsPlainInteger(reader.ValueSpan) => Encoding.ASCII.GetString(reader.ValueSpan),
            _ => null,
        };
        return Id is not null;
    }

    private bool TryReadArguments(ref Utf8JsonReader reader)
    {
        if (_hasArguments || reader.TokenType != JsonTokenType.StartArray)
        {
            return false;
        }

        _hasArguments = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (ArgumentCount == MaxArguments)
            {
                return false;
            }

            Arguments[ArgumentCount++] = ArgumentSlice.Read(ref reader);
        }

        return true;
    }

    private bool TryReadNoState(ref Utf8JsonReader reader)
    {
        var isFirst = !_hasState;
        _hasState = true;
        return isFirst && reader.TokenType == JsonTokenType.StartObject && reader.Read() && reader.TokenType == JsonTokenType.EndObject;
    }

    [InlineArray(MaxArguments)]
    internal struct ArgumentSlices
    {
        private ArgumentSlice _first;
    }
}
