namespace RedisBackplane.Tool.Tests;

/// <summary>One run of the tool in this process, with its output.</summary>
internal sealed class ToolRun : IAsyncDisposable
{
    private readonly LockedWriter _output = new();
    private readonly LockedWriter _error = new();
    private readonly CancellationTokenSource _ctrlC = new();
    private readonly Task<int> _run;

    private ToolRun(string[] arguments, bool isCancelled = false)
    {
        if (isCancelled)
        {
            _ctrlC.Cancel();
        }

        _run = Task.Run(() => ToolProgram.RunAsync(arguments, _output, _error, _ctrlC.Token));
    }

    public string Output => _output.ToString();

    public string Error => _error.ToString();

    public IReadOnlyList<JsonElement> JsonLines =>
        [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    public static ToolRun Start(params string[] arguments) => new(arguments);

    public static Task<(int ExitCode, ToolRun Run)> ToEndAsync(params string[] arguments) =>
        ToEndAsync(Eventually.DefaultTimeout, arguments);

    /// <summary>The same for a run that takes longer than most.</summary>
    public static async Task<(int ExitCode, ToolRun Run)> ToEndAsync(TimeSpan timeout, params string[] arguments)
    {
        var run = Start(arguments);
        return (await run.EndAsync(timeout), run);
    }

    /// <summary>Runs it as if Ctrl-C came before its first step.</summary>
    public static async Task<(int ExitCode, ToolRun Run)> CancelledAsync(params string[] arguments)
    {
        var run = new ToolRun(arguments, isCancelled: true);
        return (await run.EndAsync(), run);
    }

    /// <summary>Waits for its normal end.</summary>
    public Task<int> EndAsync(TimeSpan? timeout = null) => Eventually.CompletesAsync(_run, "the tool ends", timeout);

    /// <summary>Waits until it has written a remark.</summary>
    public Task RemarksAsync(string text) =>
        Eventually.BecomesTrueAsync(() => Error.Contains(text, StringComparison.Ordinal), $"the tool says '{text}'");

    /// <summary>Ends it like Ctrl-C.</summary>
    public Task<int> CancelAsync()
    {
        _ctrlC.Cancel();
        return EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await CancelAsync();
        _ctrlC.Dispose();
    }
}
