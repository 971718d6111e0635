namespace RedisBackplane.TestInfrastructure.Containers;

/// <summary>One server, for everybody or only for an administrator.</summary>
public sealed class SingleServer : ServerGroup
{
    private const string Administrator = "administrator";
    private const string Password = "administrator-Pa55word";

    private readonly bool _isClosed;

    private SingleServer(bool isClosed, params string[] configuration)
    {
        _isClosed = isClosed;
        Servers = [new ScriptedServer(LoopbackPort.PickFree(), configuration)];
    }

    public override IReadOnlyList<ScriptedServer> Servers { get; }

    public override ConfigurationOptions Client
    {
        get
        {
            var configuration = ConfigurationOptions.Parse(EndPointOf(Servers[0]));
            if (_isClosed)
            {
                (configuration.User, configuration.Password) = (Administrator, Password);
            }

            return configuration;
        }
    }

    /// <summary>A server without passwords.</summary>
    public static SingleServer Open() => new(isClosed: false);

    /// <summary>A server that only its administrator may use, and users to whom he gives rights.</summary>
    public static SingleServer Closed() => new(isClosed: true, "user default off", $"user {Administrator} on >{Password} ~* &* +@all");

    protected override Task BecomesReadyAsync() => AllAnswerAsync();
}
