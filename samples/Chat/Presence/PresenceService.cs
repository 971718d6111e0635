using System.Threading.Channels;
using Microsoft.AspNet.SignalR.Infrastructure;
using RedisBackplane;

namespace Chat.Presence;

/// <summary>
/// Keeps every server's view of the farm up to date. A server that starts asks who is there. Each server reports its
/// people when it is asked, when they change, and every few seconds, and says goodbye when it stops. The people in
/// front of a browser get the new view from their own server.
/// </summary>
public sealed partial class PresenceService(
    ServerIdentity self,
    LocalPeople people,
    FarmDirectory farm,
    ServerChannel channel,
    IConnectionManager connections,
    TimeProvider time,
    ILogger<PresenceService> logger) : BackgroundService
{
    internal static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    // Several people who arrive at the same time cause one report.
    private static readonly TimeSpan GatherTime = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(1);

    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Lock _ownRosterLock = new();
    private ServerRoster? _ownRoster;
    private long _version;
    private volatile bool _tellOthers = true;
    private volatile bool _tellClients = true;

    /// <summary>
    /// The group of everybody on this server. Rooms have another prefix, so no room can have this name.
    /// </summary>
    public string LocalGroup => $"server:{self.Instance}";

    /// <summary>The people of this server changed: reports that to everybody soon.</summary>
    public void Changed()
    {
        TakeRoll();
        _tellOthers = true;
        _tellClients = true;
        Wake();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        TakeRoll();
        using var subscription = channel.Subscribe(Receive);
        Send(new ServerMessage(ServerMessageKind.RollCall, self.Instance));
        await using var heartbeat = time.CreateTimer(_ => Beat(), null, TimeSpan.Zero, Heartbeat);
        try
        {
            while (await _wakes.Reader.WaitToReadAsync(stoppingToken))
            {
                await Task.Delay(GatherTime, time, stoppingToken);
                _wakes.Reader.TryRead(out _);
                Tell();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await SayGoodbyeAsync();
        }
    }

    private void Beat()
    {
        _tellOthers = true;
        _tellClients |= farm.Expire();
        Wake();
    }

    private void Receive(ServerMessage message)
    {
        if (message.From == self.Instance)
        {
            return;
        }

        switch (message)
        {
            case { Kind: ServerMessageKind.RollCall }:
                _tellOthers = true;
                break;
            case { Kind: ServerMessageKind.Roster, Roster: { } roster } when farm.Update(roster):
            case { Kind: ServerMessageKind.Goodbye } when farm.Remove(message.From):
                _tellClients = true;
                break;
            default:
                return;
        }

        Wake();
    }

    /// <summary>Records who is here, under a lock, so that of two simultaneous changes the later one wins.</summary>
    private ServerRoster TakeRoll()
    {
        lock (_ownRosterLock)
        {
            _ownRoster = new ServerRoster(self.Instance, ++_version, self.Name, self.Host, self.Port, people.All());
            farm.Update(_ownRoster);
            return _ownRoster;
        }
    }

    private void Tell()
    {
        // Each flag is cleared before it is processed. A change in the meantime sets it again.
        if (_tellOthers)
        {
            _tellOthers = false;
            Send(new ServerMessage(ServerMessageKind.Roster, self.Instance, TakeRoll()));
        }

        if (_tellClients)
        {
            _tellClients = false;
            _ = ObserveAsync(connections.GetHubContext<ChatHub>().Clients.Group(LocalGroup).presence(farm.Snapshot()));
        }
    }

    private async Task SayGoodbyeAsync()
    {
        try
        {
            await channel.SendAsync(new ServerMessage(ServerMessageKind.Goodbye, self.Instance)).WaitAsync(GoodbyeTimeout, time);
        }
        catch (Exception exception) when (exception is BackplaneException or TimeoutException or ObjectDisposedException)
        {
            // The others will notice it themselves, a few seconds later.
            LogNotTold(exception.Message);
        }
    }

    private void Send(ServerMessage message) => _ = ObserveAsync(channel.SendAsync(message));

    /// <summary>Nobody waits for these messages. The next heartbeat corrects a lost one.</summary>
    private async Task ObserveAsync(Task sending)
    {
        try
        {
            await sending;
        }
        catch (Exception exception)
        {
            LogNotTold(exception.Message);
        }
    }

    private void Wake() => _wakes.Writer.TryWrite(true);

    [LoggerMessage(1, LogLevel.Information, "Who is on this server could not be told: {Reason}")]
    private partial void LogNotTold(string reason);
}
