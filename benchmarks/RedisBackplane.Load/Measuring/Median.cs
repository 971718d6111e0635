namespace RedisBackplane.Load.Measuring;

internal static class Median
{
    public static double Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length switch
        {
            0 => double.NaN,
            _ when sorted.Length % 2 == 1 => sorted[middle],
            _ => (sorted[middle - 1] + sorted[middle]) / 2,
        };
    }

    /// <summary>
    /// The median of the ratios of neighbouring rounds, so that a disturbance of the machine affects both.
    /// </summary>
    public static double OfRatios(IReadOnlyList<RoundResult> rounds, IReadOnlyList<RoundResult> against, Func<RoundResult, double> value) =>
        Of(rounds.Zip(against, (one, other) => value(one) / value(other)));
}
