using System.Text.Json;

namespace RedisBackplane.AspNetCore.Tests.Hubs.Dispatch;

/// <summary>
/// What clients send about their hubs when they connect. SignalR's dispatcher and the host's own accept the same, and
/// answer the start of a connection in the same way.
/// </summary>
public sealed class ConnectedHubsTests
{
    private static readonly string?[] Texts =
    [
        null, "", " ", "[]", "{}", "null", "5", "\"odd\"", "[null]", "[{}]", "[5]", "nonsense", "[{\"name\":\"odd\"}",
        """[{"name":"odd"}]""", """[{"Name":"ODD"}]""", """ [ { "name" : "odd" , "other" : 1 } ] """,
        """[{"name":"odd"},{"name":"chat"}]""",
        """[{"name":"odd"},{"name":"odd"}]""", """[{"name":"odd"},{"name":"Odd"}]""", """[{"name":""}]""", """[{"name":null}]""",
        """[{"name":"nohub"}]""", """[{"name":"odd"},{"name":"nohub"}]""", """[{"name":5}]""", """{"name":"odd"}""",
        """[{"name":"GuardedHub"}]""", """[{"name":"GuardedHub"},{"name":"odd"}]""", """[{"name":"odd"},{"name":"GuardedHub"}]""",
        """[{'name':'odd'}]""", """[{"name":"odd"}] // comment""",
        """[{"name":"FailingHub"}]""", """[{"name":"FailingHub"},{"name":"odd"}]""",
        """[{"name":"LateFailingHub"},{"name":"FailingHub"}]""",
        """[{"name":"CancelledHub"}]""", """[{"name":"UnmakeableHub"}]""", """[{"name":"UnmakeableHub"},{"name":"odd"}]""",
    ];

    [Fact]
    public async Task ConnectionData_OfEveryKind_MeansTheSameToBothDispatchers()
    {
        await using var stock = await SignalRHost.StartAsync(
            options => options.UseStockHubDispatcher = true, environment: "Production");
        await using var own = await SignalRHost.StartAsync(environment: "Production");
        foreach (var text in Texts)
        {
            // Twice: a text that was read once is not read again.
            for (var time = 0; time < 2; time++)
            {
                Assert.Equal(await AnswersAsync(stock, text), await AnswersAsync(own, text));
            }
        }
    }

    /// <returns>The text, and the answer of the host to each request of a connection with it.</returns>
    private static async Task<string> AnswersAsync(SignalRHost host, string? text)
    {
        var data = text is null ? string.Empty : "&connectionData=" + Uri.EscapeDataString(text);
        var (negotiated, answer) = await GetAsync(host, $"/signalr/negotiate?clientProtocol=1.5{data}");
        if (negotiated != 200)
        {
            return $"{text}: {negotiated}";
        }

        using var json = JsonDocument.Parse(answer);
        var token = Uri.EscapeDataString(json.RootElement.GetProperty("ConnectionToken").GetString()!);
        var started = await GetAsync(host, $"/signalr/start?transport=longPolling&clientProtocol=1.5&connectionToken={token}{data}");
        return $"{text}: {negotiated}, {started}";
    }

    private static async Task<(int Status, string Body)> GetAsync(SignalRHost host, string url)
    {
        using var response = await host.Client.GetAsync(new Uri(url, UriKind.Relative)).WaitAsync(Wait.Limit);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
