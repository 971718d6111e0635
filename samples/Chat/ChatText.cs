using System.Globalization;
using System.Text;
using Microsoft.AspNet.SignalR;

namespace Chat;

/// <summary>What people may write. How it is shown is the page's concern: markup is text like any other.</summary>
internal static class ChatText
{
    /// <summary>One line that can be seen, such as a name, without the spaces around it.</summary>
    /// <exception cref="HubException">It is none; the message is for whoever wrote it.</exception>
    public static string Line(string what, string? value, int max)
    {
        var line = (value ?? string.Empty).Trim();
        return line.Length is > 0 && line.Length <= max && line.EnumerateRunes().All(IsOfALine) && line.EnumerateRunes().Any(IsSeen)
            ? line
            : throw new HubException($"{what} has 1 to {max} characters, on one line.");
    }

    /// <summary>A message, on any number of lines, without the spaces around it.</summary>
    /// <exception cref="HubException">It is empty or too long; the message is for whoever wrote it.</exception>
    public static string Message(string? value, int max) =>
        value?.Trim() is { Length: > 0 } text && text.Length <= max
            ? text
            : throw new HubException($"A message has 1 to {max} characters.");

    // Marks that turn the direction of writing would reach beyond a name into what stands beside it. Joiners belong to
    // letters and emoji; half a surrogate pair is read as the replacement character.
    private static bool IsOfALine(Rune rune) =>
        Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,
            UnicodeCategory.Format => rune.Value is 0x200c or 0x200d,
            _ => rune != Rune.ReplacementChar,
        };

    private static bool IsSeen(Rune rune) => !Rune.IsWhiteSpace(rune) && Rune.GetUnicodeCategory(rune) != UnicodeCategory.Format;
}
