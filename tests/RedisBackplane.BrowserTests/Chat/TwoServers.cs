namespace RedisBackplane.BrowserTests.Chat;

/// <summary>The chat's default: two servers in one process, on the tests' own Redis or the embedded one.</summary>
public class TwoServers : IAsyncLifetime
{
    private RedisServerProcess? _redis;
    private ChatProcess? _chat;

    public int First { get; private set; } = LoopbackPort.PickFree();

    public int Second { get; private set; } = LoopbackPort.PickFree();

    public string FirstName => First.ToString(CultureInfo.InvariantCulture);

    public string SecondName => Second.ToString(CultureInfo.InvariantCulture);

    public async Task InitializeAsync()
    {
        if (Browsers.Chromium.SkipReason is not null)
        {
            // Every test of the class is skipped.
            return;
        }

        _redis = RedisServerProcess.FindExecutable() is null ? null : await RedisServerProcess.StartAsync();
        _chat = await StartAsync(_redis is null ? ["--embedded"] : ["--redis", _redis.EndPoint]);
    }

    public async Task DisposeAsync()
    {
        if (_chat is not null)
        {
            await _chat.DisposeAsync();
        }

        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }

    private protected virtual Task<ChatProcess> StartAsync(string[] redis) => ChatProcess.StartAsync([First, Second], redis);

    private protected void MoveTo(int first, int second) => (First, Second) = (first, second);
}

/// <summary>The same on the ports that a user gets, if they are free: pictures are for people.</summary>
public sealed class TwoServersOnUsualPorts : TwoServers
{
    private protected override async Task<ChatProcess> StartAsync(string[] redis)
    {
        var (first, second) = (First, Second);
        MoveTo(5001, 5002);
        try
        {
            return await ChatProcess.StartAsync([First, Second], redis);
        }
        catch (InvalidOperationException exception) when (exception.Message.Contains("in use", StringComparison.Ordinal))
        {
            MoveTo(first, second);
            return await base.StartAsync(redis);
        }
    }
}
