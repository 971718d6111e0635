using System.Security.Cryptography;
using Microsoft.AspNet.SignalR.Infrastructure;
using RedisBackplane.AspNetCore.Services;

namespace RedisBackplane.AspNetCore.Tests.Services;

/// <summary>The token that contains the groups of a connection and is part of the URL.</summary>
public sealed class GroupsTokenTests
{
    [Fact]
    public async Task Token_OfManyGroups_IsHalfAsLongAsItsNames()
    {
        await using var host = await SignalRHost.StartAsync();
        var tokens = host.Services.GetRequiredService<DataProtectedTokens>();
        var groups = string.Join(',', Enumerable.Range(0, 200).Select(_ => $"\"ChatHub.{Guid.NewGuid()}\""));

        var token = tokens.Protect($"{Guid.NewGuid()}:[{groups}]", Purposes.Groups);

        Assert.True(token.Length < groups.Length * 3 / 4, $"{token.Length} characters for {groups.Length}");
        Assert.EndsWith($":[{groups}]", tokens.Unprotect(token, Purposes.Groups), StringComparison.Ordinal);
        Assert.ThrowsAny<CryptographicException>(() => tokens.Unprotect(token, Purposes.ConnectionToken));
    }

    [Fact]
    public async Task Token_OfMoreGroupsThanAUrlHolds_IsReadAgain()
    {
        await using var host = await SignalRHost.StartAsync();
        var tokens = host.Services.GetRequiredService<DataProtectedTokens>();
        var groups = new string('x', 4 * 1024 * 1024);

        Assert.Equal(groups, tokens.Unprotect(tokens.Protect(groups, Purposes.Groups), Purposes.Groups));
    }

    [Fact]
    public async Task Connection_InManyGroups_KeepsThemWhenItReconnects()
    {
        await using var host = await SignalRHost.StartAsync();
        await using var wire = TcpProxy.Start(host.Address.Host, host.Address.Port);
        using var client = new ChatClient(wire);
        var reconnected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Connection.Reconnected += () => reconnected.TrySetResult();
        await client.StartAsync("webSockets");
        var names = Enumerable.Range(0, 150).Select(_ => $"{Guid.NewGuid()}").ToList();
        foreach (var name in names)
        {
            await client.CallAsync("Join", name);
        }

        wire.CutAll();
        await reconnected.Task.WaitAsync(Wait.Limit);

        foreach (var name in new[] { names[0], names[^1] })
        {
            await client.CallAsync("SendToGroup", name, name);
            Assert.Equal(name, await client.Inbox.NextAsync());
        }
    }

    [Fact]
    public async Task Token_NearTheLimitOfTheServer_IsReportedOnce()
    {
        var logs = new CapturedLogs();
        await using var host = await SignalRHost.StartAsync(services: services => services.AddSingleton(logs.Provider));
        var tokens = host.Services.GetRequiredService<DataProtectedTokens>();

        for (var groups = 100; groups <= 500; groups += 100)
        {
            tokens.Protect(string.Join(',', Enumerable.Range(0, groups).Select(_ => Guid.NewGuid())), Purposes.Groups);
        }

        var warning = Assert.Single(
            logs.Rest(), log => log.Level == LogLevel.Warning && log.Message.Contains("414", StringComparison.Ordinal));
        Assert.Contains("8192", warning.Message, StringComparison.Ordinal);
    }
}
