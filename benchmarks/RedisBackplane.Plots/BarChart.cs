using System.Globalization;

namespace RedisBackplane.Plots;

/// <summary>
/// Bars in groups, one bar for each series. The longest bar of each group has the full width: the values of groups
/// differ too much.
/// </summary>
/// <param name="Title">What is compared.</param>
/// <param name="Note">How to read it.</param>
/// <param name="Unit">The unit after each value.</param>
/// <param name="Series">The names of the bars of a group, ours first.</param>
/// <param name="Groups">Name and values of each group; a value that was not measured is NaN.</param>
internal sealed record BarChart(
    string Title, string Note, string Unit, IReadOnlyList<string> Series, IReadOnlyList<(string Name, double[] Values)> Groups)
{
    private const double Width = 880;
    private const double Left = 240;
    private const double Longest = 480;
    private const double BarHeight = 18;
    private const double GroupGap = 18;

    public string Draw()
    {
        var svg = new Svg();
        svg.Text(20, 30, Title, "title");
        svg.Text(20, 52, Note, "small");
        var x = 20.0;
        for (var i = 0; i < Series.Count; i++)
        {
            svg.Bar(x, 67, 13, 13, Svg.Series[i]);
            svg.Text(x + 19, 78, Series[i], "small");
            x += 40 + (Series[i].Length * 7);
        }

        var y = 100.0;
        foreach (var (name, values) in Groups)
        {
            var measured = values.Select((value, index) => (value, index)).Where(bar => !double.IsNaN(bar.value)).ToArray();
            var max = measured.Max(bar => bar.value);
            svg.Text(Left - 14, y + (measured.Length * BarHeight / 2) + 5, name, "right");
            foreach (var (value, index) in measured)
            {
                var length = Longest * value / max;
                svg.Bar(Left, y, Math.Max(1, length), BarHeight - 3, Svg.Series[index]);
                svg.Text(Left + length + 8, y + 12, $"{Round(value)} {Unit}", "small");
                y += BarHeight;
            }

            y += GroupGap;
        }

        return svg.Finish(Width, y, $"{Title}. {string.Join("; ", Groups.Select(InWords))}.");
    }

    private string InWords((string Name, double[] Values) group) =>
        $"{group.Name}: {string.Join(", ", Series.Zip(group.Values, (series, value) => $"{series} {Round(value)} {Unit}"))}";

    private static string Round(double value) => value.ToString(
        value switch { >= 1000 => "N0", >= 100 => "0", >= 10 => "0.0", _ => "0.00" }, CultureInfo.InvariantCulture);
}
