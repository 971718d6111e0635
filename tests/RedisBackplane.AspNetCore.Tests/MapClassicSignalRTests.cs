using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Routing;

namespace RedisBackplane.AspNetCore.Tests;

public sealed class MapClassicSignalRTests
{
    /// <summary>Clients read the status and the text of an error.</summary>
    [Theory]
    [InlineData("/signalr/connect?transport=longPolling&connectionToken=made-up")]
    [InlineData("/signalr/negotiate?callback=cb")]
    public async Task Error_WithStatusCodePages_IsTheSameAsWithout(string request)
    {
        await using var plain = await SignalRHost.StartAsync();
        await using var host = await SignalRHost.StartAsync(map: app =>
        {
            app.UseStatusCodePages();
            app.MapClassicSignalR();
        });

        var expected = await AskAsync(plain);
        Assert.Equal(expected, await AskAsync(host));
        Assert.StartsWith("4", expected, StringComparison.Ordinal);

        async Task<string> AskAsync(SignalRHost at)
        {
            using var response = await at.Client.GetAsync(new Uri(request, UriKind.Relative)).WaitAsync(Wait.Limit);
            return $"{(int)response.StatusCode} {response.Content.Headers.ContentType} {await response.Content.ReadAsStringAsync()}";
        }
    }

    [Fact]
    public async Task Endpoint_Mapped_IsFreeOfRequestTimeouts()
    {
        await using var host = await SignalRHost.StartAsync(map: app => app.MapClassicSignalR("/live"));

        var endpoint = Assert.Single(((IEndpointRouteBuilder)host.Application).DataSources.SelectMany(source => source.Endpoints));

        Assert.NotNull(endpoint.Metadata.GetMetadata<DisableRequestTimeoutAttribute>());
        Assert.Equal("Classic SignalR hubs at /live", endpoint.DisplayName);
    }

    [Fact]
    public async Task Hubs_OfTheApplicationAndWhatItRefersTo_AreFound()
    {
        await using var host = await SignalRHost.StartAsync();

        Assert.Contains(typeof(ChatHub), host.HubTypes);
    }

    [Fact]
    public async Task HubAssemblies_Named_AreTheOnlyOnes()
    {
        await using var host = await SignalRHost.StartAsync(options => options.HubAssemblies.Add(typeof(IClassicSignalRBuilder).Assembly));

        Assert.Empty(host.HubTypes);
    }

    [Fact]
    public async Task Path_OfTheRoot_ServesTheHubs()
    {
        await using var host = await SignalRHost.StartAsync(map: app => app.MapClassicSignalR("/"));

        Assert.Contains("pong", await host.Client.GetStringAsync(new Uri("/ping", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PathBase_OfTheApplication_IsPartOfTheAddressThatClientsGet()
    {
        await using var host = await SignalRHost.StartAsync(map: app =>
        {
            app.UsePathBase("/shop");
            app.UseRouting();
            app.MapClassicSignalR();
        });

        var script = await host.Client.GetStringAsync(new Uri("/shop/signalr/hubs", UriKind.Relative));
        var negotiated = await host.Client.GetStringAsync(new Uri("/shop/signalr/negotiate", UriKind.Relative));

        Assert.Contains("$.hubConnection(\"/shop/signalr\"", script, StringComparison.Ordinal);
        Assert.Contains("\"Url\":\"/shop/signalr\"", negotiated, StringComparison.Ordinal);
    }
}
