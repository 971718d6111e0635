namespace RedisBackplane.FaultHarness;

/// <summary>
/// One server of a farm with a subscriber, in a process of its own, which can be stopped. It ends with this object, or
/// with this process, because its input closes then.
/// </summary>
public sealed class NodeProcess : IAsyncDisposable
{
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly Task _reading;
    private readonly Task<string> _log;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NodeProcess(Process process, SubscriberAccount account)
    {
        _process = process;
        _reading = ReadAsync(account);
        _log = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Starts a server and waits until it listens.</summary>
    public static async Task<NodeProcess> StartAsync(string connectionString, string appName, SubscriberAccount account)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in (string[])["exec", typeof(NodeProcess).Assembly.Location, "node", connectionString, appName])
        {
            start.ArgumentList.Add(argument);
        }

        var process = ChildProcess.Start(start);
        var node = new NodeProcess(process, account);
        await Eventually.CompletesAsync(node._ready.Task, "a server in a process of its own is connected").ConfigureAwait(false);
        return node;
    }

    public void Pause() => PosixSignal.Send(_process.Id, PosixSignal.Stop);

    public void Continue() => PosixSignal.Send(_process.Id, PosixSignal.Continue);

    /// <summary>Ends it and returns its log.</summary>
    public async Task<string> EndAsync()
    {
        _process.StandardInput.Close();
        await Eventually.CompletesAsync(_process.WaitForExitAsync(), "a server in a process of its own ends", EndsWithin)
            .ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        return await _log.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync().ConfigureAwait(false);
        }

        _process.Dispose();
    }

    private async Task ReadAsync(SubscriberAccount account)
    {
        while (await _process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (line == "ready")
            {
                _ready.TrySetResult();
                continue;
            }

            // The clock belongs to the machine, so times of two processes can be compared.
            var parts = line.Split(' ');
            account.Delivered(
                int.Parse(parts[0], CultureInfo.InvariantCulture),
                int.Parse(parts[1], CultureInfo.InvariantCulture),
                long.Parse(parts[2], CultureInfo.InvariantCulture));
        }

        _ready.TrySetException(new InvalidOperationException("A server in a process of its own ended before it was connected."));
    }
}
