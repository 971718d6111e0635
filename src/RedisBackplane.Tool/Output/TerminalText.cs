using System.Globalization;
using System.Text;

namespace RedisBackplane.Tool.Output;

/// <summary>Makes text safe for one line of a terminal.</summary>
internal static class TerminalText
{
    /// <summary>
    /// Replaces characters that a terminal interprets by their escapes (<c>\u001b</c>): control characters, line
    /// separators, and marks that change the direction of writing. Clients choose the names of groups and users, and
    /// anyone who writes to Redis can choose the rest.
    /// </summary>
    public static string Escape(string text)
    {
        if (!text.Any(IsActedOn))
        {
            return text;
        }

        var escaped = new StringBuilder(text.Length + 16);
        foreach (var character in text)
        {
            _ = IsActedOn(character)
                ? escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}")
                : escaped.Append(character);
        }

        return escaped.ToString();
    }

    private static bool IsActedOn(char character) =>
        char.IsControl(character)
        || character is '\u061c' or '\u200e' or '\u200f' or '\u2028' or '\u2029'
            or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
