namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>What every fault case needs. A case sleeps most of the time, so the classes run at the same time.</summary>
public abstract class FaultTest(ITestOutputHelper output)
{
    protected static readonly TimeSpan WithoutLostConnection = TimeSpan.FromSeconds(1);

    protected Task<FaultRun> StartAsync(
        FaultPlan plan, string connectionString, Action<RedisBackplaneOptions>? configure = null, bool connects = true) =>
        StartAsync(plan, _ => connectionString, configure, connects);

    /// <param name="connectionString">Returns the connection string of a server, by its name.</param>
    /// <param name="connects">Whether the farm can connect now.</param>
    protected Task<FaultRun> StartAsync(
        FaultPlan plan, Func<string, string> connectionString, Action<RedisBackplaneOptions>? configure = null, bool connects = true) =>
        StartAsync(
            plan,
            (name, options) =>
            {
                options.ConnectionString = connectionString(name);
                configure?.Invoke(options);
            },
            connects);

    /// <param name="configure">The settings of a server, by its name.</param>
    /// <param name="connects">Whether the farm can connect now.</param>
    protected Task<FaultRun> StartAsync(FaultPlan plan, Action<string, RedisBackplaneOptions> configure, bool connects = true) =>
        FaultRun.StartAsync(plan, output.WriteLine, configure, connects);

    protected void Write(string line) => output.WriteLine(line);

    /// <summary>How long a fault lasts.</summary>
    protected static Task LastAsync(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds));

    /// <summary>A connection that may do everything.</summary>
    protected static async Task<RedisAdministrator> AdministratorAsync(RedisServerProcess redis, string further = "") =>
        new(await ConnectionMultiplexer.ConnectAsync(redis.EndPoint + ",allowAdmin=true" + further));

    protected sealed class RedisAdministrator(ConnectionMultiplexer connection) : IAsyncDisposable
    {
        public IDatabase Database { get; } = connection.GetDatabase();

        public IServer Server { get; } = connection.GetServers().Single();

        /// <summary>Runs a command, in the form of redis-cli.</summary>
        public Task<RedisResult> DoAsync(string command)
        {
            var words = command.Split(' ');
            return Database.ExecuteAsync(words[0], words.Skip(1).ToArray<object>());
        }

        /// <summary>Runs commands with nothing in between.</summary>
        public async Task DoAtOnceAsync(params string[] commands)
        {
            var transaction = Database.CreateTransaction();
            var done = commands
                .Select(command => command.Split(' '))
                .Select(words => transaction.ExecuteAsync(words[0], words.Skip(1).ToArray<object>()))
                .ToArray();
            Assert.True(await transaction.ExecuteAsync());
            await Task.WhenAll(done);
        }

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}
