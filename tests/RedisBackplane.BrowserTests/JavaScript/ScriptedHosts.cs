using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.BrowserTests.JavaScript;

/// <summary>A host with the own parts and one with SignalR's, started on demand. Both serve the page.</summary>
public sealed class ScriptedHosts : IAsyncLifetime
{
    public static readonly string Pages = Path.Combine(AppContext.BaseDirectory, "JavaScript", "Pages");

    private readonly Dictionary<bool, (WebApplication Application, int Port)> _hosts = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var (application, _) in _hosts.Values)
        {
            await application.StopAsync();
            await application.DisposeAsync();
        }
    }

    /// <summary>The port of the host with these parts.</summary>
    internal async Task<int> GetAsync(bool stock)
    {
        if (!_hosts.TryGetValue(stock, out var host))
        {
            _hosts[stock] = host = await StartAsync(stock);
        }

        return host.Port;
    }

    private static async Task<(WebApplication Application, int Port)> StartAsync(bool stock)
    {
        var builder = WebApplication.CreateBuilder();
        var port = LoopbackPort.PickFree();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Logging.ClearProviders();
        builder.Services.AddClassicSignalR(options =>
        {
            // There is one in the process, and there are two hosts.
            options.UseGlobalHost = false;
            options.UseStockHubDispatcher = options.UseStockTransports = stock;
        });
        var application = builder.Build();
        application.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = new PhysicalFileProvider(Pages),
        });
        application.MapClassicSignalR();
        await application.StartAsync();
        return (application, port);
    }
}
