using System.Threading;
using Microsoft.AspNet.SignalR.Hubs;

namespace RedisBackplane.MovedApplication;

/// <summary>Counts the calls of the trading hub, and words errors.</summary>
public sealed class AuditModule : HubPipelineModule
{
    private static int s_trades;

    public static int Trades
    {
        get { return Volatile.Read(ref s_trades); }
    }

    protected override bool OnBeforeIncoming(IHubIncomingInvokerContext context)
    {
        if (context.MethodDescriptor.Name == "Trade")
        {
            Interlocked.Increment(ref s_trades);
        }

        return base.OnBeforeIncoming(context);
    }
}
