using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>What is known about an argument's JSON without its type.</summary>
internal enum ArgumentKind
{
    /// <summary>
    /// SignalR would change the text: it reads each argument as JSON, writes it, and reads the written text. Strings
    /// that look like dates, numbers that are not in their shortest form, and escaped characters change.
    /// </summary>
    Rewritten,

    /// <summary>An object, an array, or a number with a fraction, which SignalR would not change.</summary>
    Value,
    Text,
    Integer,
    True,
    False,
    Null,
}

/// <summary>The place of an argument in its call, and the kind of its JSON.</summary>
internal readonly record struct ArgumentSlice(int Offset, int Length, ArgumentKind Kind)
{
    private const int LongestInteger = 18;

    // Newtonsoft treats two forms as a date: "/Date(…)/", and digits with a T in the eleventh place.
    private const int PlaceOfT = 10;

    /// <summary>Reads the argument at the current position of the reader, and moves the reader to its end.</summary>
    public static ArgumentSlice Read(ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        var kind = KindOf(ref reader);
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            var depth = reader.CurrentDepth;
            while (reader.Read() && reader.CurrentDepth > depth)
            {
                kind = KindOf(ref reader) == ArgumentKind.Rewritten ? ArgumentKind.Rewritten : kind;
            }
        }

        return new ArgumentSlice(start, (int)reader.BytesConsumed - start, kind);
    }

    /// <summary>Whether it consists only of digits, in the usual form of a number that fits into 64 bits.</summary>
    public static bool IsPlainInteger(ReadOnlySpan<byte> number)
    {
        var digits = number[0] == '-' ? number[1..] : number;
        return digits.Length <= LongestInteger
            && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && (digits[0] != '0' || number.Length == 1);
    }

    private static ArgumentKind KindOf(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => ArgumentKind.Null,
        JsonTokenType.True => ArgumentKind.True,
        JsonTokenType.False => ArgumentKind.False,
        JsonTokenType.Number => IsPlainInteger(reader.ValueSpan) ? ArgumentKind.Integer
            : IsShortestFraction(reader.ValueSpan) ? ArgumentKind.Value : ArgumentKind.Rewritten,
        JsonTokenType.String => IsTextOnly(reader.ValueSpan, reader.ValueIsEscaped) ? ArgumentKind.Text : ArgumentKind.Rewritten,
        JsonTokenType.PropertyName when reader.ValueIsEscaped => ArgumentKind.Rewritten,
        _ => ArgumentKind.Value,
    };

    private static bool IsShortestFraction(ReadOnlySpan<byte> number)
    {
        Span<byte> shortest = stackalloc byte[32];
        return number.Contains((byte)'.')
            && Utf8Parser.TryParse(number, out double value, out var read) && read == number.Length
            && value.TryFormat(shortest, out var written, "R", CultureInfo.InvariantCulture)
            && number.SequenceEqual(shortest[..written]);
    }

    private static bool IsTextOnly(ReadOnlySpan<byte> text, bool isEscaped)
    {
        if (text.IsEmpty)
        {
            return true;
        }

        var first = text[0];
        if (first == '/' || (first is >= (byte)'0' and <= (byte)'9' && text.Length > PlaceOfT && (isEscaped || text[PlaceOfT] == 'T')))
        {
            return false;
        }

        return !isEscaped || (first != '\\' && text.IndexOf("\\u"u8) < 0);
    }
}
