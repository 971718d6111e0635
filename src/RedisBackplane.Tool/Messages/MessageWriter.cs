using System.Globalization;
using RedisBackplane.Tool.Output;
using Spectre.Console;

namespace RedisBackplane.Tool.Messages;

/// <summary>Writes messages, one line each: <c>id  time  server  recipients  content</c>.</summary>
internal sealed class MessageWriter(Screen screen)
{
    private const int PublisherDigits = 6;

    public void Write(SeenMessage message)
    {
        if (screen.IsJson)
        {
            screen.WriteJson(message);
            return;
        }

        var time = message.SentAt.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        screen.WriteLine(
            (PlaceOf(message), new Style(Color.Grey)),
            ("  " + time, null),
            ("  " + (message.Server ?? message.Publisher[..PublisherDigits]), ColourOf(message.Publisher)),
            ("  " + SignalKey.Describe(message.Key), new Style(Color.Teal)),
            (message.Kind == "message" ? string.Empty : "  " + message.Kind, new Style(Color.Olive)),
            ("  " + (message.Value ?? message.Bytes.ToString(CultureInfo.InvariantCulture) + " bytes"), null));
    }

    private static string PlaceOf(SeenMessage message)
    {
        var id = message.Id.ToString(CultureInfo.InvariantCulture);
        return message.Stream == 0 ? id : string.Create(CultureInfo.InvariantCulture, $"#{message.Stream} {id}");
    }

    // Each publisher has one of a few colours, the same in every run.
    private static Style ColourOf(string publisher)
    {
        Color[] colours = [Color.Green, Color.Blue, Color.Maroon, Color.Purple, Color.Navy, Color.Lime];
        return new Style(colours[int.Parse(publisher[..4], NumberStyles.HexNumber, CultureInfo.InvariantCulture) % colours.Length]);
    }
}
