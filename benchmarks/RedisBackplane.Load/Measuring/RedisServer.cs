using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace RedisBackplane.Load.Measuring;

/// <summary>A redis-server of its own on a free port, without persistence.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly ConnectionMultiplexer _connection;

    private RedisServer(Process process, int port, ConnectionMultiplexer connection)
    {
        _process = process;
        Port = port;
        _connection = connection;
    }

    public int Port { get; }

    public static async Task<RedisServer> StartAsync()
    {
        var port = FreePort();
        string[] arguments =
        [
            "--port", port.ToString(CultureInfo.InvariantCulture),
            "--bind", "127.0.0.1",
            "--save", "",
            "--appendonly", "no",
            // A slow variant must be measured, and not disconnected.
            "--client-output-buffer-limit", "pubsub", "512mb", "512mb", "0",
            "--loglevel", "warning",
        ];
        var process = Process.Start(new ProcessStartInfo("redis-server", arguments) { RedirectStandardOutput = true })
            ?? throw new InvalidOperationException("redis-server did not start.");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Kill(process);
        process.BeginOutputReadLine();
        try
        {
            var options = new ConfigurationOptions
            {
                EndPoints = { { "127.0.0.1", port } },
                AllowAdmin = true,
                ConnectRetry = 20,
                ConnectTimeout = (int)StartTimeout.TotalMilliseconds,
            };
            return new RedisServer(process, port, await ConnectionMultiplexer.ConnectAsync(options));
        }
        catch
        {
            Kill(process);
            throw;
        }
    }

    public string Version => Server.Version.ToString();

    public async Task<RedisUsage> ReadUsageAsync()
    {
        var values = (await Server.InfoAsync("cpu")).Concat(await Server.InfoAsync("stats"))
            .SelectMany(section => section)
            .ToDictionary(pair => pair.Key, pair => pair.Value);
        return new RedisUsage(
            (Number("used_cpu_user") + Number("used_cpu_sys")) * 1_000_000,
            Number("total_commands_processed"),
            Number("total_net_input_bytes"),
            Number("total_net_output_bytes"));

        double Number(string name) => double.Parse(values[name], CultureInfo.InvariantCulture);
    }

    /// <summary>Closes every connection that is subscribed to a channel.</summary>
    public Task CutChannelsAsync() => Server.ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");

    /// <summary>From now on, <see cref="ReadLongestCallAsync"/> considers every call.</summary>
    public async Task ForgetCallsAsync()
    {
        await Server.ConfigSetAsync("slowlog-log-slower-than", "100");
        await Server.ConfigSetAsync("slowlog-max-len", "100000");
        await Server.SlowlogResetAsync();
    }

    /// <summary>How long Redis needed for its longest call since <see cref="ForgetCallsAsync"/>.</summary>
    public async Task<TimeSpan> ReadLongestCallAsync() =>
        (await Server.SlowlogGetAsync(100_000)).Select(call => call.Duration).DefaultIfEmpty().Max();

    /// <summary>Removes everything, so that no scenario pays for another's history.</summary>
    public Task FlushAsync() => Server.FlushAllDatabasesAsync();

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        Kill(_process);
        _process.Dispose();
    }

    private IServer Server => _connection.GetServer(IPAddress.Loopback, Port);

    private static void Kill(Process process)
    {
        try
        {
            process.Kill();
            process.WaitForExit();
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>The usage of Redis since its start, in microseconds. Commands in scripts are counted.</summary>
internal readonly record struct RedisUsage(double CpuMicroseconds, double Commands, double BytesIn, double BytesOut)
{
    public static RedisUsage operator -(RedisUsage left, RedisUsage right) => new(
        left.CpuMicroseconds - right.CpuMicroseconds,
        left.Commands - right.Commands,
        left.BytesIn - right.BytesIn,
        left.BytesOut - right.BytesOut);
}
