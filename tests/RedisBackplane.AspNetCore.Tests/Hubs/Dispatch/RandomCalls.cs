using System.Collections;
using System.Globalization;

namespace RedisBackplane.AspNetCore.Tests.Hubs.Dispatch;

/// <summary>Endless calls with random methods, arguments and white space, the same for the same seed.</summary>
internal sealed class RandomCalls(int seed) : IEnumerable<string>
{
    private static readonly string[] Methods =
    [
        "Echo", "EchoAny", "Add", "TakeLong", "TakeDouble", "TakeFloat", "TakeDecimal", "Not", "Maybe", "Number", "Letter",
        "Bytes", "Date", "Offset",
        "TakeGuid",
        "Day", "Numbers", "Texts", "Prices", "Point", "Token", "TakeObject", "Many", "Optional", "Over", "Same", "TextLater", "Throw",
    ];

    private static readonly string[] Texts =
    [
        "", "a", "text", "ü✓", "😀", "\\n", "\\\"", "\\\\", "\\/", "\\u00e4", "\\ud83d\\ude00", "\\ud800", "2020-01-02T03:04:05Z",
        "2020-01-02",
        "2020-01-02T03:04:05.120+01:00", "/Date(5)/", "1", "true", "null", " ", "<&>'", "1234567890T123456789", "Friday", "AQID",
    ];

    private static readonly string[] Numbers =
    [
        "0", "-0", "1", "-1", "5", "2147483648", "9223372036854775808", "1.0", "1.5", "-2.25", "1.10", "0.1", "1e2", "1E-2",
        "123456789.125", "1e300",
    ];

    private readonly Random _random = new(seed);

    public IEnumerator<string> GetEnumerator()
    {
        for (var id = 0; ; id++)
        {
            var arguments = Enumerable.Range(0, _random.Next(4) switch { 0 => _random.Next(6), 1 => 2, _ => 1 }).Select(_ => Value(0));
            string[] properties =
            [
                $"\"H\":{Space()}\"{(_random.Next(40) == 0 ? "ODD" : "odd")}\"",
                $"\"M\":\"{Method()}\"",
                $"\"A\":{Space()}[{string.Join(',', arguments)}{Space()}]",
                $"\"I\":{(_random.Next(2) == 0 ? id.ToString(CultureInfo.InvariantCulture) : $"\"{id}\"")}",
            ];
            _random.Shuffle(properties);
            yield return $"{{{Space()}{string.Join(',', properties)}{Space()}}}";
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private string Method()
    {
        var method = Pick(Methods);
        return _random.Next(10) == 0 ? method.ToUpperInvariant() : method;
    }

    private string Value(int depth) => _random.Next(depth > 3 ? 5 : 7) switch
    {
        0 => Pick(Numbers),
        1 => Pick("null", "true", "false"),
        2 or 3 => $"\"{Text()}\"",
        4 => _random.Next().ToString(CultureInfo.InvariantCulture),
        5 => $"[{Space()}{string.Join(',', Enumerable.Range(0, _random.Next(4)).Select(_ => Value(depth + 1)))}]",
        _ => $"{{{string.Join(',', Enumerable.Range(0, _random.Next(4)).Select(_ => Property(depth)))}{Space()}}}",
    };

    private string Property(int depth)
    {
        var name = Pick("X", "y", "Name", "At", "Next", "$id", "$ref", "a", "ü", "\\u0061");
        return $"\"{name}\":{Space()}{Value(depth + 1)}";
    }

    private string Text()
    {
        var text = new StringBuilder();
        for (var parts = _random.Next(1, 3); parts > 0; parts--)
        {
            text.Append(Pick(Texts));
        }

        return text.ToString();
    }

    private string Space() => Pick("", "", "", " ", "\t", "\n ");

    private string Pick(params string[] from) => from[_random.Next(from.Length)];
}
