using System.Globalization;
using RedisBackplane.Tool.Farms;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Diagnosis;

/// <summary>The Redis that a doctor checks: the server that has the farm's keys, and the answers of its INFO.</summary>
internal sealed class Patient
{
    private readonly Dictionary<string, string> _info;
    private readonly string? _whyNoInfo;

    private Patient(FarmAddress farm, IDatabase database, IServer server, Dictionary<string, string> info, string? whyNoInfo)
    {
        Farm = farm;
        Database = database;
        Server = server;
        Servers = database.Multiplexer.GetServers();
        _info = info;
        _whyNoInfo = whyNoInfo;
    }

    public FarmAddress Farm { get; }

    public IDatabase Database { get; }

    public IServer Server { get; }

    /// <summary>All servers that the connection knows.</summary>
    public IReadOnlyList<IServer> Servers { get; }

    /// <summary>Reads INFO of the server that has the farm's keys.</summary>
    public static async Task<Patient> AdmitAsync(FarmAddress farm, IConnectionMultiplexer connection)
    {
        var database = connection.GetDatabase(farm.Database);
        var server = await FindServerAsync(farm, connection);
        var info = new Dictionary<string, string>(StringComparer.Ordinal);
        string? whyNot = null;
        try
        {
            foreach (var pair in (await server.InfoAsync()).SelectMany(section => section))
            {
                info[pair.Key] = pair.Value;
            }
        }
        catch (Exception exception) when (exception.IsRefusal())
        {
            whyNot = $"INFO is not allowed ({exception.Message})";
        }

        return new Patient(farm, database, server, info, whyNot);
    }

    private static async Task<IServer> FindServerAsync(FarmAddress farm, IConnectionMultiplexer connection)
    {
        try
        {
            var endpoint = await connection.GetDatabase(farm.Database).IdentifyEndpointAsync(farm.Names.Counter);
            return endpoint is null ? MasterOf(farm, connection) : connection.GetServer(endpoint);
        }
        catch (RedisServerException)
        {
            // It sends EXISTS, which the rule for the bus's user does not allow.
            return MasterOf(farm, connection);
        }
    }

    private static IServer MasterOf(FarmAddress farm, IConnectionMultiplexer connection)
    {
        var servers = connection.GetServers();
        var owner = servers.Select(static server => server.ClusterConfiguration)
            .OfType<ClusterConfiguration>()
            .Select(cluster => cluster.GetBySlot(farm.Names.Counter)?.EndPoint)
            .FirstOrDefault(static endpoint => endpoint is not null);
        return servers.FirstOrDefault(server => server.EndPoint.Equals(owner))
            ?? servers.FirstOrDefault(static server => server is { IsConnected: true, IsReplica: false })
            ?? servers[0];
    }

    /// <summary>A field of <c>INFO</c>; <see langword="null"/> if the server does not report it.</summary>
    public string? Info(string field) => _info.GetValueOrDefault(field);

    public long? Number(string field) =>
        long.TryParse(Info(field), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Whether the server is a node of a cluster.</summary>
    public bool IsInCluster => Server.ServerType == ServerType.Cluster;

    public string WhyUnknown(string field) => _whyNoInfo ?? $"INFO does not say ({field})";

    /// <summary>A setting of the server.</summary>
    /// <returns>Its value, or why it cannot be read.</returns>
    public async Task<(string? Value, string Why)> ConfigAsync(string name)
    {
        try
        {
            var values = await Server.ConfigGetAsync(name);
            return values.Length > 0 ? (values[0].Value, string.Empty) : (null, $"CONFIG has no {name}");
        }
        catch (Exception exception) when (exception.IsRefusal())
        {
            return (null, $"CONFIG GET is not allowed ({exception.Message})");
        }
    }
}
