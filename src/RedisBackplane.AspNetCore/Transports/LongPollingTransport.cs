using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNet.SignalR.Transports;
using RedisBackplane.AspNetCore.Requests;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>
/// A connection that consists of a sequence of requests. Each of them ends with the first messages that it brings.
/// </summary>
internal sealed class LongPollingTransport(HostContext context, ClassicResponse response, TransportServices services)
    : HttpTransport(context, response, services)
{
    // It may be between two JSON values.
    private static readonly ReadOnlyMemory<byte> Space = " "u8.ToArray();

    private bool _isAnswered;

    public override bool RequiresTimeout => true;

    public override TimeSpan DisconnectThreshold => Services.Configuration.LongPollDelay;

    // As many as SignalR's transport: a request is expensive, and brings everything there is.
    protected override int MaxMessages => 5000;

    protected override ReadOnlyMemory<byte> SignOfLife => Space;

    protected override ResponseEncoder Encoder => Services.Encoder;

    protected override string ContentType => Json;

    protected override ReadOnlyMemory<byte> Opening => ReadOnlyMemory<byte>.Empty;

    protected override bool RaisesReconnected => ConnectionStart.Asks(Context.Request, "/reconnect");

    public override async Task<string> GetGroupsToken() =>
        Context.Request.QueryString["groupsToken"] ?? (await Context.Request.ReadForm().ConfigureAwait(false))["groupsToken"];

    public override void IncrementConnectionsCount() => Services.Counters.ConnectionsCurrentLongPolling.Increment();

    public override void DecrementConnectionsCount() => Services.Counters.ConnectionsCurrentLongPolling.Decrement();

    protected override async ValueTask<string?> ReadCursorAsync() =>
        Context.Request.QueryString["messageId"] ?? (await Context.Request.ReadForm().ConfigureAwait(false))["messageId"];

    protected override async Task<bool> OnAborted(PersistentResponse response)
    {
        await AbortAsync(clean: true).ConfigureAwait(false);
        return await Deliver(response).ConfigureAwait(false);
    }

    protected override void OnTerminal(PersistentResponse response)
    {
        if (_isAnswered)
        {
            EndLife();
        }
        else
        {
            _ = AnswerAsync(response);
        }
    }

    protected override Task<bool> Deliver(PersistentResponse response)
    {
        _isAnswered = true;
        if (Services.Configuration.LongPollDelay is { Ticks: > 0 } delay)
        {
            response.LongPollDelay = (long)delay.TotalMilliseconds;
        }

        var sending = base.Deliver(response);
        return sending.IsCompletedSuccessfully ? Stop : StopAfterAsync(sending);
    }

    private static async Task<bool> StopAfterAsync(Task sending)
    {
        await sending.ConfigureAwait(false);
        return false;
    }

    private async Task AnswerAsync(PersistentResponse response)
    {
        try
        {
            await Deliver(response).ConfigureAwait(false);
        }
        finally
        {
            EndLife();
        }
    }
}
