using System.Net;
using System.Text;
using System.Text.Json;
using RedisBackplane.AspNetCore.Tests.Hosting;

namespace RedisBackplane.AspNetCore.Tests.Requests;

/// <summary>Calls by hand: the answer of a call over HTTP is the response to its request.</summary>
public sealed class RequestFormTests
{
    // What is not UTF-8 must fail, not turn into question marks.
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/x-www-form-urlencoded; charset=UTF-8")]
    [InlineData(null)]
    public async Task Send_WhateverTheContentTypeOfTheForm_ReachesTheHub(string? contentType)
    {
        await using var host = await SignalRHost.StartAsync();

        Assert.Equal("1 + 1 = 2 & more", await EchoAsync(host, "1 + 1 = 2 & more", contentType));
    }

    [Fact]
    public async Task Send_LargeForm_ReachesTheHubWhole()
    {
        var text = new string('ä', 3_000_000);
        await using var host = await SignalRHost.StartAsync();

        Assert.Equal(text, await EchoAsync(host, text, "text/plain"));
    }

    private static async Task<string?> EchoAsync(SignalRHost host, string text, string? contentType)
    {
        await using var connection = await RawConnection.NegotiateAsync(host.Client, "serverSentEvents");
        await connection.ConnectAsync();
        await connection.StartAsync();
        var call = JsonSerializer.Serialize(new { H = "chat", M = "Echo", A = new[] { text }, I = "7" });
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes($"data={Uri.EscapeDataString(call)}"));
        body.Headers.TryAddWithoutValidation("Content-Type", contentType);

        using var response = await connection.SendAsync(body);
        var answer = JsonDocument.Parse(Strict.GetString(await response.Content.ReadAsByteArrayAsync())).RootElement;

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("7", answer.GetProperty("I").GetString());
        return answer.GetProperty("R").GetString();
    }
}
