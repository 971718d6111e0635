using Microsoft.AspNet.SignalR;
using RedisBackplane.Load.Nodes;

namespace RedisBackplane.Load.Buses;

/// <summary>Makes the bus of a variant.</summary>
internal static class LoadBuses
{
    public static ILoadBus Create(NodeSetup setup)
    {
        switch (setup.Variant)
        {
            case Variant.Ours:
            case Variant.Baseline:
                return Ours(Options(setup));
            case Variant.OursNoHistory:
                var options = Options(setup);
                options.HistoryMaxBytes = 0;
                return Ours(options);
            case Variant.Reference:
                var reference = new ReferenceMessageBus(new DefaultDependencyResolver(), setup.RedisPort, setup.AppName);
                return new SignalRLoadBus(reference, reference.ConnectAsync);
            case Variant.Raw:
                return new RawLoadBus(setup.RedisPort, setup.AppName);
            case Variant.Grouped:
                return new GroupedLoadBus(setup.RedisPort, setup.AppName);
            default:
                throw new ArgumentOutOfRangeException(nameof(setup), setup.Variant, "No such variant.");
        }
    }

    private static SignalRLoadBus Ours(RedisBackplaneOptions options)
    {
        var bus = new RedisMessageBus(new DefaultDependencyResolver(), options);
        return new SignalRLoadBus(bus, bus.WhenConnectedAsync, () => bus.Status.MessagesReplayed);
    }

    private static RedisBackplaneOptions Options(NodeSetup setup) => new()
    {
        Server = "127.0.0.1",
        Port = setup.RedisPort,
        AppName = setup.AppName,
        // 4,096 messages of 16 KB in flight are more than the default allows.
        MaxQueueBytes = 256L * 1024 * 1024,
    };
}
