using System.Globalization;
using System.Security;
using System.Text;

namespace RedisBackplane.Plots;

/// <summary>A picture in construction. All pictures look alike, and are readable on light and dark pages.</summary>
internal sealed class Svg
{
    /// <summary>CSS classes of the series, in order: the subject of the picture comes first.</summary>
    public static readonly string[] Series = ["first", "second", "third"];

    private const string Style = """
        text { font: 14px -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; }
        .title { font-size: 17px; font-weight: 600; }
        .small { font-size: 12.5px; fill: #57606a; }
        .right { text-anchor: end; }
        .middle { text-anchor: middle; }
        .first { fill: #00767f; } .second { fill: #c6302b; } .third { fill: #8b949e; }
        .line { fill: none; stroke-width: 2; } .line.first { stroke: #00767f; fill: none; } .line.second { stroke: #c6302b; fill: none; }
        .grid { stroke: #d0d7de; stroke-width: 1; } .shade { fill: #57606a; opacity: .12; }
        @media (prefers-color-scheme: dark) {
          text { fill: #e6edf3; } .small { fill: #9da7b3; }
          .first { fill: #39c5cf; } .second { fill: #ff7b72; } .third { fill: #6e7681; }
          .line.first { stroke: #39c5cf; } .line.second { stroke: #ff7b72; }
          .grid { stroke: #30363d; } .shade { fill: #9da7b3; opacity: .18; }
        }
        """;

    private readonly StringBuilder _body = new();

    public void Text(double x, double y, string text, string classes = "") =>
        Line($"""<text class="{classes}" x="{N(x)}" y="{N(y)}">{SecurityElement.Escape(text)}</text>""");

    public void Bar(double x, double y, double width, double height, string classes) =>
        Line($"""<rect class="{classes}" x="{N(x)}" y="{N(y)}" width="{N(width)}" height="{N(height)}" rx="2"/>""");

    public void Rule(double x1, double y1, double x2, double y2) =>
        Line($"""<line class="grid" x1="{N(x1)}" y1="{N(y1)}" x2="{N(x2)}" y2="{N(y2)}"/>""");

    public void Polyline(IEnumerable<(double X, double Y)> points, string classes) =>
        Line($"""<polyline class="line {classes}" points="{string.Join(' ', points.Select(point => $"{N(point.X)},{N(point.Y)}"))}"/>""");

    /// <summary>The document.</summary>
    /// <param name="description">The description for people who do not see the picture.</param>
    public string Finish(double width, double height, string description) =>
        $"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {N(width)} {N(height)}" role="img"
          aria-label="{SecurityElement.Escape(description)}">
        <style>
        {Style}
        </style>
        {_body.ToString().TrimEnd()}
        </svg>

        """;

    private void Line(string element) => _body.Append(element).Append('\n');

    private static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
