using System.Text;
using System.Text.Json;

namespace RedisBackplane.LastMile.Clients;

/// <summary>The requests of one connection of classic SignalR.</summary>
internal sealed class ClassicRequests(HttpMessageInvoker http, string host, int port, string transport)
{
    private string _query = $"transport={transport}&clientProtocol=1.5&connectionData={ClassicProtocol.Data}";

    public string Id { get; private set; } = "";

    public async Task NegotiateAsync()
    {
        using var json = JsonDocument.Parse(await GetAsync("negotiate"));
        Id = json.RootElement.GetProperty("ConnectionId").GetString()!;
        _query += $"&connectionToken={Uri.EscapeDataString(json.RootElement.GetProperty("ConnectionToken").GetString()!)}";
    }

    public Uri UrlOf(string request, string scheme = "http") => new($"{scheme}://{host}:{port}/signalr/{request}?{_query}");

    public Task<byte[]> GetAsync(string request) => RequestAsync(HttpMethod.Get, UrlOf(request), content: null);

    /// <summary>Receives the messages that follow a cursor, as soon as there are any.</summary>
    public Task<byte[]> PollAsync(string cursor, CancellationToken cancellation) =>
        RequestAsync(HttpMethod.Get, new Uri($"{UrlOf("poll")}&messageId={Uri.EscapeDataString(cursor)}"), content: null, cancellation);

    public async Task<byte[]> CallAsync(byte[] call)
    {
        using var content = new FormUrlEncodedContent([new("data", Encoding.UTF8.GetString(call))]);
        return await RequestAsync(HttpMethod.Post, UrlOf("send"), content);
    }

    /// <summary>Tells the server that the client does not come back.</summary>
    public Task AbortAsync() => RequestAsync(HttpMethod.Post, UrlOf("abort"), content: null);

    /// <summary>Begins a response without an end.</summary>
    public async Task<HttpResponseMessage> OpenAsync(string request)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, UrlOf(request));
        var response = await http.SendAsync(message, CancellationToken.None);
        return response.EnsureSuccessStatusCode();
    }

    private async Task<byte[]> RequestAsync(HttpMethod method, Uri url, HttpContent? content, CancellationToken cancellation = default)
    {
        using var message = new HttpRequestMessage(method, url) { Content = content };
        using var response = await http.SendAsync(message, cancellation);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsByteArrayAsync(cancellation);
    }
}
