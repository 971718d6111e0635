namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>A redis-server of one test, whose only users are applications with the least documented rights.</summary>
internal sealed class AclTopology : OwnServerTopology
{
    private const string AdministratorPassword = "administrator-Pa55word";
    private const string FarmPassword = "farm-Pa55word";

    private readonly string _usersFile = Path.Combine(Path.GetTempPath(), "redis-test-" + Guid.NewGuid().ToString("N") + ".acl");
    private readonly Dictionary<string, string> _users = [];

    public override string ConnectionString => Server.EndPoint + ",user=administrator,password=" + AdministratorPassword;

    public override ConfigurationOptions ConfigurationOf(string appName)
    {
        var configuration = ConfigurationOptions.Parse(Server.EndPoint);
        configuration.User = UserOf(appName);
        configuration.Password = FarmPassword;
        return configuration;
    }

    public override void Connect(RedisBackplaneOptions options) => options.ConfigurationOptions = ConfigurationOf(options.AppName);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        File.Delete(_usersFile);
    }

    protected override Task<RedisServerProcess> StartServerAsync()
    {
        File.WriteAllLines(_usersFile, ["user default off", $"user administrator on >{AdministratorPassword} ~* &* +@all"]);
        return RedisServerProcess.StartAsync($"aclfile \"{_usersFile}\"");
    }

    private string UserOf(string appName)
    {
        if (!_users.TryGetValue(appName, out var user))
        {
            user = $"farm{_users.Count}";
            _users.Add(appName, user);
            string[] rule = ["on", ">" + FarmPassword, .. DocumentedRights.RuleOf(appName)];

            // Written to the file for the next start of the server, and sent to the server if it runs.
            File.AppendAllLines(_usersFile, [$"user {user} {string.Join(" ", rule)}"]);
            if (Server.IsRunning)
            {
                using var administrator = ConnectionMultiplexer.Connect(Administrator);
                administrator.GetDatabase().Execute("ACL", ["SETUSER", user, .. rule]);
            }
        }

        return user;
    }
}
