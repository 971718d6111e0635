namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>
/// Any other topology, on which each application has a user with the least rights of the documentation, on every
/// server. In <see cref="AclTopology"/>, the users survive a restart.
/// </summary>
/// <param name="farms">The headings of docs/security.md with the additional rights of such a farm.</param>
internal sealed class LeastRightsTopology(RedisTopology redis, params string[] farms) : RedisTopology
{
    private const string Password = "farm-Pa55word";

    private readonly Dictionary<string, string> _users = [];

    public override string ConnectionString => redis.ConnectionString;

    public override ConfigurationOptions Administrator => redis.Administrator;

    public override string? SkipReason => redis.SkipReason;

    public override int StreamCount => redis.StreamCount;

    public int Database { get; init; }

    /// <summary>A right of the page that the users lack.</summary>
    public string? Without { get; init; }

    public override void Configure(RedisBackplaneOptions options) => redis.Configure(options);

    public override RedisChannel ChannelOf(string appName) =>
        redis.ChannelOf(Database == 0 ? appName : FormattableString.Invariant($"{appName}{{{Database}}}"));

    public override ConfigurationOptions ConfigurationOf(string appName)
    {
        var configuration = redis.ConfigurationOf(appName);
        configuration.User = UserOf(appName);
        configuration.Password = Password;
        configuration.DefaultDatabase = Database;
        return configuration;
    }

    public override void Connect(RedisBackplaneOptions options) => options.ConfigurationOptions = ConfigurationOf(options.AppName);

    public override Task StartAsync() => redis.StartAsync();

    public override async ValueTask DisposeAsync()
    {
        if (_users.Count > 0)
        {
            using var administrator = await ConnectionMultiplexer.ConnectAsync(Administrator);
            DoOnEveryServer(administrator, ["DELUSER", .. _users.Values]);
        }

        await redis.DisposeAsync();
    }

    private static void DoOnEveryServer(ConnectionMultiplexer administrator, object[] words)
    {
        foreach (var server in administrator.GetServers())
        {
            server.Execute("ACL", words);
        }
    }

    private string UserOf(string appName)
    {
        if (!_users.TryGetValue(appName, out var user))
        {
            user = AppNames.Unique("user");
            _users.Add(appName, user);
            using var administrator = ConnectionMultiplexer.Connect(Administrator);
            DoOnEveryServer(
                administrator, ["SETUSER", user, "on", ">" + Password, .. DocumentedRights.RuleOf(appName, farms, Database, Without)]);
        }

        return user;
    }
}
