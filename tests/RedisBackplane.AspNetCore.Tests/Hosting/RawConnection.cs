using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace RedisBackplane.AspNetCore.Tests.Hosting;

/// <summary>SignalR's protocol by hand, over plain HTTP, for what no client library shows.</summary>
internal sealed class RawConnection(HttpClient http, string path, string transport, string token) : IAsyncDisposable
{
    public const string Hubs = """[{"name":"chat"}]""";

    // What is not UTF-8 must fail, not turn into question marks.
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private StreamReader? _stream;

    public HttpResponseMessage? Response { get; private set; }

    public static async Task<RawConnection> NegotiateAsync(HttpClient http, string transport, string path = "/signalr")
    {
        var answer = await http.GetFromJsonAsync<JsonElement>($"{path}/negotiate?clientProtocol=1.5&connectionData={Uri.EscapeDataString(Hubs)}");
        return new RawConnection(http, path, transport, answer.GetProperty("ConnectionToken").GetString()!);
    }

    public string Url(string action, string? more = null) =>
        $"{path}/{action}?transport={transport}&clientProtocol=1.5&connectionToken={Uri.EscapeDataString(token)}"
        + $"&connectionData={Uri.EscapeDataString(Hubs)}{more}";

    /// <summary>Opens the stream of messages; returns when its headers are here.</summary>
    public async Task ConnectAsync(string? more = null, Action<HttpRequestMessage>? configure = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Url("connect", more));
        configure?.Invoke(request);
        Response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Wait.Limit);
        Response.EnsureSuccessStatusCode();
        _stream = new StreamReader(await Response.Content.ReadAsStreamAsync(), Strict);
    }

    public async Task StartAsync() => await http.GetStringAsync(Url("start")).WaitAsync(Wait.Limit);

    public Task<HttpResponseMessage> SendAsync(HttpContent body) => http.PostAsync(Url("send"), body).WaitAsync(Wait.Limit);

    /// <summary>The next line of the stream that holds this text; fails when it does not come in time.</summary>
    public async Task<string> LineWithAsync(string text)
    {
        using var timeout = new CancellationTokenSource(Wait.Limit);
        while (await _stream!.ReadLineAsync(timeout.Token) is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"The stream ended without '{text}'.");
    }

    /// <summary>Closes the stream without a word, as a lost client does.</summary>
    public ValueTask DisposeAsync()
    {
        _stream?.Dispose();
        Response?.Dispose();
        return ValueTask.CompletedTask;
    }
}
