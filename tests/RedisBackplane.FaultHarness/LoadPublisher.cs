using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.FaultHarness;

/// <summary>Publishes numbered messages at a steady rate. It catches up by at most half a second.</summary>
public sealed class LoadPublisher : IAsyncDisposable
{
    public const string Key = "load";

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);

    private readonly IMessageBus _bus;
    private readonly int _number;
    private readonly PublisherAccount _account;
    private readonly double _perSecond;
    private readonly string _padding;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    /// <summary>Begins to publish.</summary>
    /// <param name="size">Characters of a message, at least.</param>
    public LoadPublisher(IMessageBus bus, Ledger ledger, double perSecond, int size = 0)
    {
        _padding = new string('.', size);
        _bus = bus;
        (_number, _account) = ledger.AddPublisher();
        _perSecond = perSecond;
        _running = Task.Run(RunAsync);
    }

    public PublisherAccount Account => _account;

    /// <summary>Stops sending. Messages in transit are not affected.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    /// <summary>Reads what <see cref="LoadPublisher"/> put into a message.</summary>
    public static (int Publisher, int Number) Read(string value)
    {
        var separator = value.IndexOf(':', StringComparison.Ordinal);
        var end = value.IndexOf(':', separator + 1);
        return (
            int.Parse(value.AsSpan(0, separator), NumberStyles.None, CultureInfo.InvariantCulture),
            int.Parse(value.AsSpan(separator + 1, end - separator - 1), NumberStyles.None, CultureInfo.InvariantCulture));
    }

    private async Task RunAsync()
    {
        var source = Guid.NewGuid().ToString("N");
        var begun = Stopwatch.GetTimestamp();
        double sent = 0;
        using var timer = new PeriodicTimer(Step);
        while (!_stopping.IsCancellationRequested)
        {
            var due = Stopwatch.GetElapsedTime(begun).TotalSeconds * _perSecond;
            sent = Math.Max(sent, due - (_perSecond / 2));
            for (; sent < due && !_stopping.IsCancellationRequested; sent++)
            {
                SendOne(source);
            }

            await timer.WaitForNextTickAsync().ConfigureAwait(false);
        }
    }

    private void SendOne(string source)
    {
        var number = _account.Sent(Stopwatch.GetTimestamp());
        var value = string.Create(CultureInfo.InvariantCulture, $"{_number}:{number}:{_padding}");

        // A publish never throws because of a state of Redis. If it did, the load would end here, and the run would
        // fail.
        _bus.Publish(new Message(source, Key, value)).ContinueWith(
            task => _account.Ended(
                number, task.Exception?.GetBaseException() ?? (task.IsCanceled ? new OperationCanceledException() : null)),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }
}
