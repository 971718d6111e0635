namespace RedisBackplane.IntegrationTests.Containers;

/// <summary>A container for the tests of a class in turn. It starts on demand, and ends with the class.</summary>
public abstract class ContainerFixture(ServerImage image, Func<ServerGroup> describe) : IAsyncLifetime
{
    private readonly Lazy<ServerGroup> _group = new(describe);
    private Task<IServerRun>? _running;
    private bool _isStopped;

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>Ends its servers until they are needed again.</summary>
    public async Task StopAsync()
    {
        if (_running is not null && !_isStopped)
        {
            await (await _running).StopAsync();
            _isStopped = true;
        }
    }

    /// <summary>Its servers, ready for use. The test is skipped if the engine cannot start the container.</summary>
    public async Task<ServerGroup> GetAsync()
    {
        try
        {
            var running = await (_running ??= StartAsync());
            if (_isStopped)
            {
                await running.StartAgainAsync();
                _isStopped = false;
                await _group.Value.BecomesReadyAsync(running);
            }

            return _group.Value;
        }
        catch (ContainerUnavailableException exception)
        {
            Skip.If(true, exception.Message);
            throw;
        }
    }

    public async Task DisposeAsync()
    {
        if (_running is { Status: TaskStatus.RanToCompletion })
        {
            await (await _running).DisposeAsync();
        }

        if (_group.IsValueCreated)
        {
            (_group.Value as IDisposable)?.Dispose();
        }
    }

    private async Task<IServerRun> StartAsync()
    {
        IServerRun running = ContainerEngine.IsReplacedByShell
            ? ServerShell.Start(_group.Value)
            : await ServerContainer.StartAsync(image, _group.Value);
        try
        {
            await _group.Value.BecomesReadyAsync(running);
            return running;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }
}
