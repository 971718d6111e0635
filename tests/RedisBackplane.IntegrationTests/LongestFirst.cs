using RedisBackplane.IntegrationTests;

[assembly: TestCollectionOrderer(LongestFirst.Name, LongestFirst.Assembly)]

namespace RedisBackplane.IntegrationTests;

/// <summary>
/// Starts the classes that take longest first: a long class that began last would run alone at the end. A class that is
/// missing here only costs time.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    internal const string Name = "RedisBackplane.IntegrationTests." + nameof(LongestFirst);
    internal const string Assembly = "RedisBackplane.IntegrationTests";

    private static readonly string[] Long =
    [
        "Faults.Cluster", "Faults.Connection", "Faults.Damaged", "Faults.Failover", "Faults.Refusal", "Faults.HostileFrame",
        "Faults.Restart", "MissingRight", "MissingFurtherRight", "ClusterTopology", "TlsRefusal", "ServerScript", "SentinelOutage",
        "ClusterReplicas",
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => Place(collection.DisplayName));

    private static int Place(string name)
    {
        var place = Array.FindIndex(Long, part => name.Contains(part));
        return place < 0 ? Long.Length : place;
    }
}
