using System.Diagnostics;
using System.Reflection;
using RedisBackplane.TestInfrastructure;

namespace RedisBackplane.Load.Nodes;

/// <summary>The coordinator's end of a child process.</summary>
internal sealed class NodeProcess : IDisposable
{
    private static readonly TimeSpan ExitTimeout = TimeSpan.FromSeconds(10);

    private readonly Process _process;

    private NodeProcess(Process process) => _process = process;

    /// <summary>Starts a node.</summary>
    /// <param name="setup">What it is.</param>
    /// <param name="program">This program in another build; null for this very one.</param>
    /// <param name="cancellationToken">Ends the wait for it.</param>
    public static async Task<NodeProcess> StartAsync(NodeSetup setup, string? program, CancellationToken cancellationToken)
    {
        var node = new NodeProcess(Process.Start(StartInfo(program)) ?? throw new InvalidOperationException("No process."));
        try
        {
            await node._process.StandardInput.WriteLineAsync(ProtocolJson.Write(setup));
            await node._process.StandardInput.FlushAsync(cancellationToken);
            await node.Answer<Done>(cancellationToken);
            return node;
        }
        catch
        {
            node.Dispose();
            throw;
        }
    }

    public async Task<T> AskAsync<T>(NodeOrder order, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(ProtocolJson.Write(order));
        await _process.StandardInput.FlushAsync(cancellationToken);
        return await Answer<T>(cancellationToken);
    }

    /// <summary>Makes the process stand still.</summary>
    public void Pause() => PosixSignal.Send(_process.Id, PosixSignal.Stop);

    /// <summary>The process continues.</summary>
    public void Continue() => PosixSignal.Send(_process.Id, PosixSignal.Continue);

    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already.
        }

        if (!_process.WaitForExit(ExitTimeout))
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static ProcessStartInfo StartInfo(string? program)
    {
        // "dotnet run" starts the apphost; "dotnet RedisBackplane.Load.dll" works too.
        var self = program ?? Environment.ProcessPath ?? throw new InvalidOperationException("The path of this program is unknown.");
        var info = new ProcessStartInfo(self) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(self) == "dotnet")
        {
            info.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        }

        info.ArgumentList.Add("node");
        return info;
    }

    private async Task<T> Answer<T>(CancellationToken cancellationToken)
    {
        var line = await _process.StandardOutput.ReadLineAsync(cancellationToken);
        return line is null
            ? throw new InvalidOperationException("A node ended; what it said is above.")
            : ProtocolJson.Read<T>(line);
    }
}
