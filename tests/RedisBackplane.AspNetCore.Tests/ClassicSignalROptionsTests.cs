using Microsoft.Extensions.Options;

namespace RedisBackplane.AspNetCore.Tests;

public sealed class ClassicSignalROptionsTests
{
    public static TheoryData<string, Action<ClassicSignalROptions>> Wrong => new()
    {
        { "TransportConnectTimeout is 00:00:00", options => options.TransportConnectTimeout = TimeSpan.Zero },
        { "ConnectionTimeout is -00:00:01", options => options.ConnectionTimeout = TimeSpan.FromSeconds(-1) },
        { "DisconnectTimeout is 00:00:05", options => options.DisconnectTimeout = TimeSpan.FromSeconds(5) },
        { "KeepAlive is 00:00:01", options => options.KeepAlive = TimeSpan.FromSeconds(1) },
        { "KeepAlive is 00:00:11", options => options.KeepAlive = TimeSpan.FromSeconds(11) },
        { "DefaultMessageBufferSize is 0", options => options.DefaultMessageBufferSize = 0 },
        { "MaxIncomingWebSocketMessageSize is 0", options => options.MaxIncomingWebSocketMessageSize = 0 },
        { "LongPollDelay is 2.00:00:00", options => options.LongPollDelay = TimeSpan.FromDays(2) },
        { "HubAssemblies is", options => options.HubAssemblies.Add(null!) },
        { "AllowedOrigins is a list with ''", options => options.AllowedOrigins.Add("") },
        { "with 'shop.example.org'", options => options.AllowedOrigins.Add("shop.example.org") },
        { "with 'localhost:5000'", options => options.AllowedOrigins.Add("localhost:5000") },
        { "with 'https://shop.example.org/app'", options => options.AllowedOrigins.Add("https://shop.example.org/app") },
        { "with 'https://shop.example.org:443'", options => options.AllowedOrigins.Add("https://shop.example.org:443") },
        { "with 'https://*.example.org'", options => options.AllowedOrigins.Add("https://*.example.org") },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void Option_OutOfBounds_StopsTheApplicationWithItsNameAndValue(string message, Action<ClassicSignalROptions> spoil)
    {
        var exception = Assert.Throws<OptionsValidationException>(() => SignalRHost.Build(spoil));

        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("null")]
    [InlineData("https://shop.example.org/")]
    [InlineData("http://localhost:5000")]
    [InlineData("http://[::1]:5000")]
    [InlineData("HTTPS://Shop.Example.Org")]
    [InlineData("capacitor://localhost")]
    public void AllowedOrigins_OfAnOriginThatABrowserSends_AreAccepted(string origin)
    {
        using var application = SignalRHost.Build(options => options.AllowedOrigins.Add(origin));

        Assert.NotNull(application);
    }

    [Fact]
    public void Defaults_AreThoseOfSignalR()
    {
        var stock = new Microsoft.AspNet.SignalR.Configuration.DefaultConfigurationManager();
        var hubs = new Microsoft.AspNet.SignalR.HubConfiguration();
        var options = new ClassicSignalROptions();

        Assert.Equal(stock.ConnectionTimeout, options.ConnectionTimeout);
        Assert.Equal(stock.DefaultMessageBufferSize, options.DefaultMessageBufferSize);
        Assert.Equal(stock.DisconnectTimeout, options.DisconnectTimeout);
        Assert.Equal(stock.KeepAlive, options.KeepAlive);
        Assert.Equal(stock.LongPollDelay, options.LongPollDelay);
        Assert.Equal(stock.MaxIncomingWebSocketMessageSize, options.MaxIncomingWebSocketMessageSize);
        Assert.Equal(stock.TransportConnectTimeout, options.TransportConnectTimeout);
        Assert.Equal(hubs.EnableDetailedErrors, options.EnableDetailedErrors);
        Assert.Equal(hubs.EnableJavaScriptProxies, options.EnableJavaScriptProxies);
        Assert.Equal(hubs.EnableJSONP, options.EnableJsonp);
    }

    [Fact]
    public void KeepAlive_NotSet_FollowsTheDisconnectTimeout()
    {
        var options = new ClassicSignalROptions { DisconnectTimeout = TimeSpan.FromMinutes(1) };

        Assert.Equal(TimeSpan.FromSeconds(20), options.KeepAlive);
        options.KeepAlive = null;
        Assert.Null(options.KeepAlive);
    }

    [Fact]
    public void MapClassicSignalR_WithoutAddClassicSignalR_SaysWhatIsMissing()
    {
        var builder = Microsoft.AspNetCore.Builder.WebApplication.CreateBuilder();
        using var application = builder.Build();

        var exception = Assert.Throws<InvalidOperationException>(
            () => Microsoft.AspNetCore.Builder.ClassicSignalREndpointRouteBuilderExtensions.MapClassicSignalR(application));

        Assert.Contains("AddClassicSignalR", exception.Message, StringComparison.Ordinal);
    }
}
