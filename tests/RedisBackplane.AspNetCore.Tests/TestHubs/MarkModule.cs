namespace RedisBackplane.AspNetCore.Tests.TestHubs;

/// <summary>A module of an application. It changes calls and messages that request it.</summary>
public sealed class MarkModule : HubPipelineModule
{
    public const string Word = "mark me";

    protected override bool OnBeforeIncoming(IHubIncomingInvokerContext context)
    {
        if (context.Args is [Word])
        {
            context.Args[0] = "marked on its way in";
        }

        return base.OnBeforeIncoming(context);
    }

    protected override bool OnBeforeOutgoing(IHubOutgoingInvokerContext context)
    {
        if (context.Invocation.Args is [string text] && text.EndsWith(Word, StringComparison.Ordinal))
        {
            context.Invocation.Args[0] = "marked on its way out";
        }

        return base.OnBeforeOutgoing(context);
    }
}
