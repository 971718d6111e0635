namespace RedisBackplane.IntegrationTests.Connections;

/// <summary>If a user lacks one of the rights of docs/security.md, the bus names it.</summary>
public sealed class MissingRightTests : IClassFixture<MissingRightTests.Fixture>
{
    private const string Password = "farm-Pa55word";

    // The bus can do without one of them: a loaded script needs no EVAL, and a script that is sent as text needs no
    // SCRIPT LOAD. Without INFO it does not notice that another Redis has taken over. A ping that is refused is also
    // answered.
    private static readonly string[] Dispensable =
        ["+eval", "+script|load", "+info", "+unsubscribe", "+ping", "+client|setname", "+client|id"];

    private readonly string _appName = AppNames.Unique("right");
    private readonly Fixture _fixture;

    public MissingRightTests(Fixture fixture) => _fixture = fixture;

    public static TheoryData<string> Necessary => new(DocumentedRights.All.Where(right => !Dispensable.Contains(right)));

    public static TheoryData<string> NotNecessary => new(Dispensable);

    [RedisProcessTheory]
    [MemberData(nameof(Necessary))]
    public async Task Publish_WithoutARight_NamesIt(string right)
    {
        await SetUserAsync(right);
        using var server = StartServer(publishTimeout: TimeSpan.FromSeconds(2));
        using var subscriber = server.Subscribe("key");

        // Most fail, some only the second time. Without the right to read the history, publishing does not fail.
        var named = right == "+echo" ? "'echo'" : DocumentedRights.RightOf(right, _appName);
        var (exception, told) = await RefusedPublish.UntilToldAsync(server, PublishTwiceAsync, (_, told) => told.Contains(named));

        Assert.True(exception is BackplaneTimeoutException || right == "+getrange", told);
        Assert.DoesNotContain(Password, told, StringComparison.Ordinal);

        async Task PublishTwiceAsync()
        {
            await server.PublishAsync("key", new string('x', 40_000));
            await server.PublishAsync("key", "hello");
        }
    }

    [RedisProcessTheory]
    [MemberData(nameof(NotNecessary))]
    public async Task Publish_WithoutARightThatTheBusDoesWithout_IsHeard(string right)
    {
        await SetUserAsync(right);
        using var server = StartServer();
        using var subscriber = server.Subscribe("key");

        await server.PublishAsync("key", "hello");

        await subscriber.WaitForAsync(1);
    }

    private TestServer StartServer(TimeSpan? publishTimeout = null) => new(options =>
    {
        options.AppName = _appName;
        (options.Server, options.Port) = (RedisServerProcess.Host, _fixture.Redis.Port);
        (options.User, options.Password) = ("farm", Password);
        options.PublishTimeout = publishTimeout ?? options.PublishTimeout;
        options.LivenessTimeout = TimeSpan.FromSeconds(1);
        options.HistoryMaxBytes = 64 * 1024;
    });

    private async Task SetUserAsync(string without)
    {
        var database = _fixture.Administrator.GetDatabase();
        await database.ExecuteAsync("ACL", ["DELUSER", "farm"]);
        await database.ExecuteAsync("ACL", ["SETUSER", "farm", "on", ">" + Password, .. DocumentedRights.RuleOf(_appName, without)]);
    }

    public sealed class Fixture : IAsyncLifetime
    {
        public RedisServerProcess Redis { get; private set; } = null!;

        public ConnectionMultiplexer Administrator { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            if (TestRedisSource.ProcessSkipReason is null)
            {
                Redis = await RedisServerProcess.StartAsync("user default off", "user administrator on >administrator ~* &* +@all");
                Administrator = await ConnectionMultiplexer.ConnectAsync(
                    Redis.EndPoint + ",user=administrator,password=administrator,allowAdmin=true");
            }
        }

        public async Task DisposeAsync()
        {
            if (Redis is not null)
            {
                await Administrator.DisposeAsync();
                await Redis.DisposeAsync();
            }
        }
    }
}
