using System.Text;

namespace RedisBackplane.FaultHarness;

/// <summary>Writes the results of all runs of this process to <c>artifacts/faults.md</c>. Thread-safe.</summary>
public static class FaultReport
{
    private static readonly object Lock = new();
    private static readonly SortedDictionary<string, string> Rows = new(StringComparer.Ordinal);

    public const string Head =
        "| case | fault | acknowledged | failed | delivered | lost | duplicated | out of order | first delivery | full flow |\n"
        + "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n";

    public static string Row(string number, string fault, Tally tally) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {number} | {fault} | {tally.Acknowledged} | {tally.Failed} | {tally.Delivered} | {tally.Lost} | {tally.Duplicated} "
        + $"| {tally.OutOfOrder} | {Seconds(tally.FirstDelivery)} | {Seconds(tally.FullFlow)} |");

    /// <summary>Adds a run, and writes the whole table.</summary>
    public static void Add(string number, string row)
    {
        lock (Lock)
        {
            // So that 10 comes after 9.
            Rows[number.TrimStart().PadLeft(number.Any(char.IsLetter) ? 6 : 5)] = row;
            if (Checkout.Folder is not { } checkout)
            {
                return;
            }

            var text = new StringBuilder("Times are measured from the end of the fault; deliveries count once for each subscriber.\n\n")
                .Append(Head);
            foreach (var line in Rows.Values)
            {
                text.Append(line).Append('\n');
            }

            var folder = Directory.CreateDirectory(Path.Combine(checkout, "artifacts")).FullName;
            File.WriteAllText(Path.Combine(folder, "faults.md"), text.ToString());
        }
    }

    /// <summary>In words for a table.</summary>
    public static string Seconds(TimeSpan span) =>
        span == TimeSpan.MaxValue ? "never" : span.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture) + " s";
}
