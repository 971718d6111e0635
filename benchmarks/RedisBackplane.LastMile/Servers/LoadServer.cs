using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.LastMile.Servers;

/// <summary>One server of the farm, in a process of its own, which ends with its standard input.</summary>
internal static class LoadServer
{
    public static async Task RunAsync(string variant, int port, string redis)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls($"http://0.0.0.0:{port}");
        builder.Logging.ClearProviders();
        builder.Services.AddRouting();
        if (variant == "aspnetcore")
        {
            builder.Services.AddSignalR().AddStackExchangeRedis(redis, options => options.Configuration.ChannelPrefix =
                StackExchange.Redis.RedisChannel.Literal("lastmile"));
        }
        else
        {
            builder.Services.AddClassicSignalR(options =>
            {
                options.UseStockHubDispatcher = variant == "stock";
                options.UseStockTransports = variant == "stock";
            }).AddRedisBackplane(options =>
            {
                options.AppName = "lastmile";
                options.ConnectionString = redis;
                if (variant == "soak")
                {
                    // Full before the first sample, so that what grows afterwards is a leak.
                    options.MaxLogMessages = 2000;
                }
            });
        }

        var application = builder.Build();
        application.MapGet("/stats", Stats);
        if (variant == "aspnetcore")
        {
            application.MapHub<CoreBenchHub>("/bench");
        }
        else
        {
            application.MapClassicSignalR();
        }

        await application.StartAsync();
        Console.WriteLine("ready");
        await Console.In.ReadToEndAsync();
        Environment.Exit(0);
    }

    // CPU in milliseconds, allocated bytes, bytes in the heap, working set, compiled methods, threads, open handles.
    private static async Task Stats(HttpContext context)
    {
        if (context.Request.Query.ContainsKey("collect"))
        {
            for (var i = 0; i < 3; i++)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                GC.WaitForPendingFinalizers();
            }
        }

        var milliseconds = Environment.CpuUsage.TotalTime.TotalMilliseconds;
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        using var process = Process.GetCurrentProcess();
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{milliseconds} {allocated} {GC.GetTotalMemory(false)} {Environment.WorkingSet} {JitInfo.GetCompiledMethodCount()} ")
            + string.Create(CultureInfo.InvariantCulture, $"{process.Threads.Count} {CountHandles(process)}");
        await context.Response.WriteAsync(line);
    }

    private static int CountHandles(Process process) =>
        Directory.Exists("/proc/self/fd") ? Directory.GetFileSystemEntries("/proc/self/fd").Length : process.HandleCount;
}
