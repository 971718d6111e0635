namespace RedisBackplane.AspNetCore.Tests.Services;

/// <summary>
/// GlobalHost is one for the process: these tests run one after the other, in one collection, and leave it as in a new
/// process. All others say that their hosts have nothing to do with it, and run beside them.
/// </summary>
public abstract class GlobalHostTest : IDisposable
{
    protected GlobalHostTest() => Reset();

    public void Dispose()
    {
        Reset();
        GC.SuppressFinalize(this);
    }

    private static void Reset() => GlobalHost.DependencyResolver = new DefaultDependencyResolver();

    private protected sealed class Watch(Journal journal, string name) : HubPipelineModule
    {
        protected override bool OnBeforeIncoming(IHubIncomingInvokerContext context)
        {
            journal.Write("calls", name);
            return true;
        }
    }

    private protected sealed class Everybody : IUserIdProvider
    {
        public string GetUserId(IRequest request) => "everybody";
    }
}
