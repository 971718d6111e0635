using System.Text.RegularExpressions;

namespace RedisBackplane.IntegrationTests.Connections;

public sealed class PasswordTests
{
    private const string Right = "right-Pa55word";
    private const string Wrong = "wrong-Pa55word";

    [RedisProcessFact]
    public async Task Connect_WithTheRightPassword_IsHeardAndLogsNoPassword()
    {
        await using var redis = await RedisServerProcess.StartAsync("requirepass " + Right);
        using var server = Start(redis, options => options.Password = Right);

        await server.HearsItselfAsync();

        Assert.DoesNotContain(Right, server.Logs.ToString());
    }

    [RedisProcessFact]
    public async Task Connect_AsAnAclUser_IsHeard()
    {
        await using var redis = await RedisServerProcess.StartAsync(
            "user default off", $"user signalr on >{Right} ~{{*}}:* &* +@all -@admin -@dangerous");
        using var server = Start(redis, options => (options.User, options.Password) = ("signalr", Right));

        await server.HearsItselfAsync();
    }

    [RedisProcessTheory]
    [InlineData(Wrong)]
    [InlineData(null)]
    public async Task Publish_WithoutTheRightPassword_FailsAndSaysWhyWithoutThePassword(string? password)
    {
        await using var redis = await RedisServerProcess.StartAsync("requirepass " + Right);
        using var server = Start(redis, options => (options.Password, options.PublishTimeout) = (password, TimeSpan.FromSeconds(2)));

        var (_, told) = await RefusedPublish.UntilToldAsync(
            server,
            () => server.PublishAsync("key", "hello"),
            (exception, _) => Regex.IsMatch(
                Assert.IsType<BackplaneTimeoutException>(exception).Message, "NOAUTH|WRONGPASS|[Aa]uthenticat"));

        Assert.DoesNotContain(Wrong, told);
        Assert.DoesNotContain(Right, told);
    }

    private static TestServer Start(RedisServerProcess redis, Action<RedisBackplaneOptions> configure) =>
        new(options =>
        {
            options.Server = RedisServerProcess.Host;
            options.Port = redis.Port;
            options.AppName = AppNames.Unique();
            configure(options);
        });
}
