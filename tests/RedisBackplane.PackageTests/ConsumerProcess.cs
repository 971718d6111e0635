using System.Diagnostics;
using System.Threading.Channels;

namespace RedisBackplane.PackageTests;

/// <summary>A running consumer, controlled over its input and output. Dispose kills it if it still runs.</summary>
internal sealed class ConsumerProcess : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly List<string> _seen = [];
    private int _openStreams = 2;

    private ConsumerProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => Take(e.Data);
        process.ErrorDataReceived += (_, e) => Take(e.Data is null ? null : "error: " + e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public static ConsumerProcess Start(ConsumerProject project, params string[] arguments)
    {
        var (program, first) = project.Command;
        var start = new ProcessStartInfo(program, [.. first, .. arguments])
        {
            WorkingDirectory = project.Folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new ConsumerProcess(Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start."));
    }

    /// <summary>Whether this machine has the runtime of the project.</summary>
    public static bool CanRun(ConsumerProject project) => !project.RunsOnMono || Programs.Find("mono") is not null;

    public async Task WriteAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Reads until a line contains a text.</summary>
    /// <exception cref="InvalidOperationException">
    /// It did not arrive in time, or both streams ended; the message contains the output.
    /// </exception>
    public async Task<string> ReadUntilAsync(string text)
    {
        using var cancel = new CancellationTokenSource(Bound);
        try
        {
            while (true)
            {
                var line = await _lines.Reader.ReadAsync(cancel.Token);
                _seen.Add(line);
                if (line.Contains(text, StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }
        catch (Exception exception) when (exception is ChannelClosedException or OperationCanceledException)
        {
            throw new InvalidOperationException($"The consumer did not print '{text}', but:\n{string.Join('\n', _seen)}", exception);
        }
    }

    /// <summary>Closes its input, so that it leaves the farm.</summary>
    public async Task LeaveAsync()
    {
        _process.StandardInput.Close();
        await ReadUntilAsync("left");
    }

    public async Task<int> EndAsync()
    {
        using var cancel = new CancellationTokenSource(Bound);
        await _process.WaitForExitAsync(cancel.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            // One of the two streams ended; the other may still bring text.
            if (Interlocked.Decrement(ref _openStreams) == 0)
            {
                _lines.Writer.TryComplete();
            }
        }
        else
        {
            _lines.Writer.TryWrite(line);
        }
    }
}
