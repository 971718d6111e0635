using System.Globalization;
using System.Text;
using Microsoft.AspNet.SignalR;

namespace Chat;

/// <summary>Checks what people write. The page decides how it is shown: markup is text like any other.</summary>
internal static class ChatText
{
    /// <summary>A visible line, such as a name, without the spaces around it.</summary>
    /// <exception cref="HubException">It is not valid; the message is for the author.</exception>
    public static string Line(string what, string? value, int max)
    {
        var line = (value ?? string.Empty).Trim();
        return line.Length is > 0 && line.Length <= max && line.EnumerateRunes().All(IsOfALine) && line.EnumerateRunes().Any(IsSeen)
            ? line
            : throw new HubException($"{what} has 1 to {max} characters, on one line.");
    }

    /// <summary>A message, on any number of lines, without the spaces around it.</summary>
    /// <exception cref="HubException">It is empty or too long; the message is for the author.</exception>
    public static string Message(string? value, int max) =>
        value?.Trim() is { Length: > 0 } text && text.Length <= max
            ? text
            : throw new HubException($"A message has 1 to {max} characters.");

    // Marks that change the direction of writing would also affect the text next to a name. Joiners belong to letters
    // and emoji. An unpaired surrogate is read as the replacement character.
    private static bool IsOfALine(Rune rune) =>
        Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,
            UnicodeCategory.Format => rune.Value is 0x200c or 0x200d,
            _ => rune != Rune.ReplacementChar,
        };

    private static bool IsSeen(Rune rune) => !Rune.IsWhiteSpace(rune) && Rune.GetUnicodeCategory(rune) != UnicodeCategory.Format;
}
