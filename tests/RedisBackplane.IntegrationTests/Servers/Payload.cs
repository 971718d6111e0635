namespace RedisBackplane.IntegrationTests.Servers;

/// <summary>Numbered values, which show what is lost, duplicated or out of order.</summary>
public static class Payload
{
    public static string[] Numbered(int count, string prefix = "") =>
        [.. Enumerable.Range(1, count).Select(i => prefix + i.ToString(CultureInfo.InvariantCulture))];

    public static IEnumerable<string[]> Chunked(this string[] values, int size)
    {
        for (var start = 0; start < values.Length; start += size)
        {
            yield return [.. values.Skip(start).Take(size)];
        }
    }
}
