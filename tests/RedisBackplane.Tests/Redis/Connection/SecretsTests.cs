using Microsoft.AspNet.SignalR;
using Microsoft.Extensions.Options;

namespace RedisBackplane.Tests.Redis.Connection;

/// <summary>A secret anywhere in a connection string is in nothing that a bus says of a Redis that is away.</summary>
public sealed class SecretsTests
{
    private const string Secret = "Marked5ecret";

    [Theory]
    [InlineData("127.0.0.1:1,password=Marked5ecret")]
    [InlineData("127.0.0.1:1,user=Marked5ecret,password=x")]
    [InlineData("127.0.0.1:1,password=Marked5ecret@a/b:c")]
    [InlineData("127.0.0.1:1,password=x=Marked5ecret")]
    [InlineData("127.0.0.1:1,name=Marked5ecret")]
    [InlineData("password=Marked5ecret,127.0.0.1:1")]
    [InlineData("127.0.0.1:1,password=x,Marked5ecret")]
    [InlineData("127.0.0.1:1,password=x,Marked5ecret=y")]
    [InlineData("127.0.0.1:1,password=x,channelPrefix=Marked5ecret")]
    [InlineData("127.0.0.1:1,ssl=Marked5ecret")]
    [InlineData("redis://:Marked5ecret@127.0.0.1:1/2")]
    [InlineData("rediss://Marked5ecret:x@127.0.0.1:1")]
    [InlineData("Marked5ecret@127.0.0.1:1")]
    [InlineData("127.0.0.1:1:Marked5ecret")]
    [InlineData("127.0.0.1:Marked5ecret")]
    public async Task Bus_AConnectionStringWithASecret_NeverSaysIt(string connectionString)
    {
        using var logger = new RecordedLogger();
        var told = new List<string?>();
        try
        {
            using var bus = new RedisMessageBus(new DefaultDependencyResolver(), new RedisBackplaneOptions
            {
                ConnectionString = connectionString,
                AppName = "secrets",
                LoggerFactory = logger,
                PublishTimeout = TimeSpan.FromMilliseconds(300),
            });
            told.Add((await Record.ExceptionAsync(() => bus.Publish(new Message("source", "key", "value"))))!.ToString());
            told.AddRange(bus.Status.Streams.SelectMany(stream => new[] { stream.Endpoints, stream.LastError }));
            told.Add(bus.Status.LastError);
        }
        catch (OptionsValidationException exception)
        {
            told.Add(exception.ToString());
        }

        told.AddRange(logger.Lines.Select(line => line.Text + line.Exception));
        Assert.NotEmpty(told);
        Assert.All(told, text => Assert.DoesNotContain(Secret, text ?? string.Empty, StringComparison.Ordinal));
    }
}
