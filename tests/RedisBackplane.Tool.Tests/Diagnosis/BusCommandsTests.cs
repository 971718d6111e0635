using RedisBackplane.IntegrationTests.Topologies;
using RedisBackplane.Tool.Diagnosis;
using RedisBackplane.Tool.Farms;

namespace RedisBackplane.Tool.Tests.Diagnosis;

public sealed class BusCommandsTests
{
    private static readonly FarmAddress Farm = FarmAddress.Parse("one", "Chat", 3, null, null);

    [Fact]
    public void Of_AFarm_CallsEachCommandOfTheDocumentedRule()
    {
        var commands = BusCommands.Of(Farm, streams: 1, [Farm.Names.Channel], isCluster: false);

        Assert.Equal(Names([.. DocumentedRights.All, .. DocumentedRights.Besides["database n, other than 0"]]), NamesOf(commands));
    }

    [Fact]
    public void Of_AClusterWithShardedChannels_CallsTheCommandsForTheseToo()
    {
        var commands = BusCommands.Of(
            Farm, streams: 2, [Farm.Names.Channel, Farm.Names.ShardedChannel], isCluster: true).ToList();

        Assert.Superset(
            Names([.. DocumentedRights.Besides["cluster"], .. DocumentedRights.Besides["sharded channel"]]).ToHashSet(),
            NamesOf(commands).ToHashSet());
        Assert.Contains(commands, command => command is ["GET", "{Chat{1}:counter"]);
        Assert.Contains(commands, command => command is ["SSUBSCRIBE", "Chat{1{3}"]);
    }

    private static IEnumerable<string> Names(IEnumerable<string> rights) =>
        rights.Where(right => right[0] == '+').Select(right => right[1..]).Order();

    private static IEnumerable<string> NamesOf(IEnumerable<string[]> commands) => commands.Select(BusCommands.NameOf).Distinct().Order();
}
