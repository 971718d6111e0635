using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// Reads a urlencoded form of any bytes, in one pass. As in OWIN, a percent sign that does not begin a code is kept.
/// </summary>
internal static class UrlEncodedForm
{
    // SignalR's clients send at most three fields.
    private const int MostFields = 1000;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="BadHttpRequestException">The form has too many fields, or is not UTF-8.</exception>
    public static Dictionary<string, StringValues> Parse(ReadOnlySpan<byte> body)
    {
        var fields = new Dictionary<string, StringValues>(StringComparer.OrdinalIgnoreCase);
        var count = 0;
        while (!body.IsEmpty)
        {
            var end = body.IndexOf((byte)'&');
            var field = end < 0 ? body : body[..end];
            body = end < 0 ? [] : body[(end + 1)..];
            if (field.IsEmpty)
            {
                continue;
            }

            if (++count > MostFields)
            {
                throw new BadHttpRequestException($"The form has more than {MostFields} fields.");
            }

            var equals = field.IndexOf((byte)'=');
            var name = Decode(equals < 0 ? field : field[..equals]);
            var value = equals < 0 ? string.Empty : Decode(field[(equals + 1)..]);
            fields[name] = StringValues.Concat(fields.GetValueOrDefault(name), value);
        }

        return fields;
    }

    private static string Decode(ReadOnlySpan<byte> text)
    {
        try
        {
            if (text.IndexOfAny((byte)'%', (byte)'+') < 0)
            {
                return Strict.GetString(text);
            }

            var decoded = new byte[text.Length];
            return Strict.GetString(decoded.AsSpan(0, Decode(text, decoded)));
        }
        catch (DecoderFallbackException exception)
        {
            throw new BadHttpRequestException("The form is not UTF-8.", exception);
        }
    }

    private static int Decode(ReadOnlySpan<byte> text, Span<byte> decoded)
    {
        var length = 0;
        for (var index = 0; index < text.Length; index++)
        {
            var value = text[index];
            if (value == '%' && index + 2 < text.Length && IsHex(text[index + 1]) && IsHex(text[index + 2]))
            {
                value = (byte)((Hex(text[index + 1]) << 4) | Hex(text[index + 2]));
                index += 2;
            }
            else if (value == '+')
            {
                value = (byte)' ';
            }

            decoded[length++] = value;
        }

        return length;
    }

    private static bool IsHex(byte value) => char.IsAsciiHexDigit((char)value);

    private static int Hex(byte value) => char.IsAsciiDigit((char)value) ? value - '0' : (value | 0x20) - 'a' + 10;
}
