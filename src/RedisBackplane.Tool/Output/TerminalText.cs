using System.Globalization;
using System.Text;

namespace RedisBackplane.Tool.Output;

/// <summary>Text that a terminal shows and does not obey, in one line.</summary>
internal static class TerminalText
{
    /// <summary>
    /// Replaces what a terminal acts on by its escape (<c>\u001b</c>): control characters, line separators, and marks
    /// that change the direction of writing. Clients choose names of groups and users, and whoever writes to Redis
    /// chooses the rest.
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
