using Microsoft.Extensions.Hosting;

namespace RedisBackplane.AspNetCore.Tests.Requests;

/// <summary>Requests that a host has accepted when it begins to stop.</summary>
public sealed class StoppingHostTests
{
    [Theory]
    [InlineData("negotiate", "longPolling")]
    [InlineData("abort", "longPolling")]
    [InlineData("abort", "serverSentEvents")]
    [InlineData("poll", "longPolling")]
    [InlineData("reconnect", "serverSentEvents")]
    public async Task Request_InAStoppingHost_IsAnsweredWithoutAnError(string action, string transport)
    {
        var logs = new CapturedLogs();
        var (arrived, stopping) = (NewSignal(), NewSignal());
        await using var host = await SignalRHost.StartAsync(
            services: services => services.AddSingleton(logs.Provider),
            map: app =>
            {
                app.Use(async (context, next) =>
                {
                    if (context.Request.Query.ContainsKey("late"))
                    {
                        arrived.SetResult();
                        await stopping.Task;
                    }

                    await next(context);
                });
                app.MapClassicSignalR();
            });
        await using var connection = await RawConnection.NegotiateAsync(host.Client, transport);
        await connection.ConnectAsync();
        await connection.StartAsync();
        using var request = new HttpRequestMessage(
            action == "abort" ? HttpMethod.Post : HttpMethod.Get, connection.Url(action, "&late=1&messageId=d-0,0%7C"));
        var answer = host.Client.SendAsync(request);
        await arrived.Task.WaitAsync(Wait.Limit);

        var stop = host.Application.StopAsync();
        Assert.True(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        stopping.SetResult();
        using var response = await answer.WaitAsync(Wait.Limit);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await stop.WaitAsync(Wait.Limit);
        Assert.DoesNotContain(logs.Rest(), log => log.Level >= LogLevel.Error);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
