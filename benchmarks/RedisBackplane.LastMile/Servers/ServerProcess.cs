using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace RedisBackplane.LastMile.Servers;

/// <summary>What a server has used since it started.</summary>
internal readonly record struct Usage(
    double CpuMilliseconds, double Allocated, double Heap, double WorkingSet, double Compiled, double Threads, double Handles)
{
    public static Usage operator +(Usage left, Usage right) => new(
        left.CpuMilliseconds + right.CpuMilliseconds,
        left.Allocated + right.Allocated,
        left.Heap + right.Heap,
        left.WorkingSet + right.WorkingSet,
        left.Compiled + right.Compiled,
        left.Threads + right.Threads,
        left.Handles + right.Handles);

    public static Usage operator -(Usage left, Usage right) => new(
        left.CpuMilliseconds - right.CpuMilliseconds,
        left.Allocated - right.Allocated,
        left.Heap - right.Heap,
        left.WorkingSet - right.WorkingSet,
        left.Compiled - right.Compiled,
        left.Threads - right.Threads,
        left.Handles - right.Handles);
}

/// <summary>A process that ends with this one.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;
    private readonly HttpClient _http;

    private ServerProcess(Process process, int port)
    {
        _process = process;
        Port = port;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public int Port { get; }

    public static async Task<ServerProcess> StartAsync(string variant, string redis)
    {
        var port = FreePort();
        string[] arguments = ["server", variant, port.ToString(CultureInfo.InvariantCulture), redis];
        // If it was started with `dotnet X.dll`, the process is dotnet.
        var own = Environment.ProcessPath!;
        var start = new ProcessStartInfo(
            own, Path.GetFileNameWithoutExtension(own) == "dotnet" ? [typeof(ServerProcess).Assembly.Location, .. arguments] : arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException("The server did not start.");
        if (await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)) != "ready")
        {
            throw new InvalidOperationException($"The server of {variant} failed to start.");
        }

        return new ServerProcess(process, port);
    }

    /// <summary>A redis-server without persistence, which ends with this process.</summary>
    public static async Task<(Process Process, string Endpoint)> StartRedisAsync()
    {
        var port = FreePort();
        string[] arguments =
            ["--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--loglevel", "warning"];
        var process = Process.Start(new ProcessStartInfo("redis-server", arguments) { RedirectStandardOutput = true })!;
        for (var attempts = 0; ; attempts++)
        {
            using var probe = new TcpClient();
            try
            {
                await probe.ConnectAsync(IPAddress.Loopback, port);
                return (process, $"127.0.0.1:{port}");
            }
            catch (SocketException) when (attempts < 100)
            {
                await Task.Delay(50);
            }
        }
    }

    /// <summary>Lets a Redis forget everything.</summary>
    public static async Task ForgetAsync(string endpoint)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPEndPoint.Parse(endpoint));
        var stream = connection.GetStream();
        await stream.WriteAsync("FLUSHALL\r\n"u8.ToArray());
        await stream.ReadExactlyAsync(new byte["+OK\r\n"u8.Length]);
    }

    public async Task<Usage> ReadAsync(bool collect = false)
    {
        var values = (await _http.GetStringAsync(new Uri(collect ? "/stats?collect=1" : "/stats", UriKind.Relative)))
            .Split(' ').Select(value => double.Parse(value, CultureInfo.InvariantCulture)).ToArray();
        return new Usage(values[0], values[1], values[2], values[3], values[4], values[5], values[6]);
    }

    public void Dispose()
    {
        _http.Dispose();
        _process.StandardInput.Close();
        if (!_process.WaitForExit(5000))
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
