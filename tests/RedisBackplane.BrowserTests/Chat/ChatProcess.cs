using System.Diagnostics;

namespace RedisBackplane.BrowserTests.Chat;

/// <summary>The chat as a user runs it: its program in a separate process.</summary>
internal sealed class ChatProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly SharedText _output = new();
    private readonly SharedText _errors = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChatProcess(IReadOnlyDictionary<string, string?> environment, string[] arguments)
    {
        // The tests run on the same dotnet. Chat.dll and its page were copied next to them.
        var self = Environment.ProcessPath;
        var start = new ProcessStartInfo(Path.GetFileNameWithoutExtension(self) == "dotnet" ? self! : "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Works from any folder: its files are next to it.
            WorkingDirectory = Path.GetTempPath(),
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Chat.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Remove("REDIS_BACKPLANE_REDIS");
        // It lives for seconds only, so the instrumentation of PGO costs more than it gains.
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => _errors.Add(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Output => _output.ToString();

    public string Errors => _errors.ToString();

    public int ExitCode => _process.ExitCode;

    /// <summary>Starts servers on these ports and waits until the chat says that it is up.</summary>
    public static Task<ChatProcess> StartAsync(IEnumerable<int> ports, params string[] arguments) =>
        StartAsync(new Dictionary<string, string?>(), ports, arguments);

    /// <summary>The same, with something in its environment.</summary>
    public static async Task<ChatProcess> StartAsync(
        IReadOnlyDictionary<string, string?> environment, IEnumerable<int> ports, params string[] arguments)
    {
        var chat = new ChatProcess(environment, [.. PortArguments([.. ports]), .. arguments]);
        try
        {
            var ended = chat._process.WaitForExitAsync();
            var first = await Eventually.CompletesAsync(Task.WhenAny(chat._started.Task, ended), "the chat is up", StartTimeout);
            return first == chat._started.Task
                ? chat
                : throw new InvalidOperationException($"The chat ended with {chat.ExitCode}: {chat.Output}{chat.Errors}");
        }
        catch
        {
            await chat.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs it to its end.</summary>
    public static Task<ChatProcess> RunAsync(params string[] arguments) => RunAsync(new Dictionary<string, string?>(), arguments);

    /// <summary>Runs it to its end, with something in its environment.</summary>
    public static async Task<ChatProcess> RunAsync(IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        var chat = new ChatProcess(environment, arguments);
        await chat.WhenEndedAsync();
        return chat;
    }

    /// <summary>Sends the same signal as Ctrl-C.</summary>
    public void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Ends it like a crash.</summary>
    public void Kill() => _process.Kill();

    public Task WhenEndedAsync() => Eventually.CompletesAsync(_process.WaitForExitAsync(), "the chat ended", EndTimeout);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await WhenEndedAsync();
        }

        _process.Dispose();
    }

    private static string[] PortArguments(int[] ports) =>
        ["--servers", ports.Length.ToString(CultureInfo.InvariantCulture), "--port", string.Join(',', ports)];

    private void Take(string? line)
    {
        _output.Add(line);
        if (line?.Contains("Ctrl-C ends it", StringComparison.Ordinal) == true)
        {
            _started.TrySetResult();
        }
    }
}
