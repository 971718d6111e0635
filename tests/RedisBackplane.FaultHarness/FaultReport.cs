namespace RedisBackplane.FaultHarness;

/// <summary>
/// Writes the last result of each fault case to <c>artifacts/faults.md</c>. The rows of processes that ran before stay,
/// because the cases that run alone have a process of their own. Thread-safe.
/// </summary>
public static class FaultReport
{
    private const string RowBegin = "| ";

    private static readonly object Lock = new();
    private static readonly SortedDictionary<string, string> Rows = new(StringComparer.Ordinal);

    public const string Head =
        "| case | fault | acknowledged | failed | delivered | lost | duplicated | out of order | first delivery | full flow |\n"
        + "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n";

    public static string Row(string number, string fault, Tally tally) => string.Create(
        CultureInfo.InvariantCulture,
        $"{RowBegin}{number} | {fault} | {tally.Acknowledged} | {tally.Failed} | {tally.Delivered} | {tally.Lost} | {tally.Duplicated} "
        + $"| {tally.OutOfOrder} | {Seconds(tally.FirstDelivery)} | {Seconds(tally.FullFlow)} |");

    /// <summary>Adds a run, and writes the whole table.</summary>
    public static void Add(string number, string row)
    {
        lock (Lock)
        {
            if (Checkout.Folder is not { } checkout)
            {
                return;
            }

            var file = Path.Combine(Directory.CreateDirectory(Path.Combine(checkout, "artifacts")).FullName, "faults.md");
            if (Rows.Count == 0 && File.Exists(file))
            {
                foreach (var earlier in File.ReadLines(file).Where(IsResult))
                {
                    Rows[Place(earlier.Split('|')[1])] = earlier;
                }
            }

            Rows[Place(number)] = row;
            File.WriteAllText(
                file,
                "Times are measured from the end of the fault; deliveries count once for each subscriber.\n\n"
                + Head + string.Concat(Rows.Values.Select(static line => line + "\n")));
        }
    }

    /// <summary>In words for a table.</summary>
    public static string Seconds(TimeSpan span) =>
        span == TimeSpan.MaxValue ? "never" : span.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture) + " s";

    // The number of a case begins with digits, unlike the head of the table.
    private static bool IsResult(string line) =>
        line.StartsWith(RowBegin, StringComparison.Ordinal) && char.IsDigit(line[RowBegin.Length]);

    // So that 10 comes after 9.
    private static string Place(string number) => number.Trim().PadLeft(number.Any(char.IsLetter) ? 6 : 5);
}
