using RedisBackplane.Load.Buses;
using RedisBackplane.Load.Measuring;

namespace RedisBackplane.Load.Nodes;

/// <summary>
/// The child process. It carries out the coordinator's orders until its input ends, which also happens when the
/// coordinator dies.
/// </summary>
internal static class NodeHost
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(TextReader input, TextWriter output)
    {
        if (await input.ReadLineAsync() is not { } first)
        {
            return 0;
        }

        var setup = ProtocolJson.Read<NodeSetup>(first);
        using var bus = LoadBuses.Create(setup);
        using var deadline = new CancellationTokenSource(ConnectTimeout);
        await bus.ConnectAsync(deadline.Token);

        using var publisher = setup.Role == Role.Publisher ? new PublisherNode(bus, setup.Scenario) : null;
        var subscriber = setup.Role == Role.Subscriber ? new SubscriberNode(bus, setup.Scenario) : null;
        var usage = new ProcessUsage();
        await Answer(output, new Done());

        while (await input.ReadLineAsync() is { } line)
        {
            switch (ProtocolJson.Read<NodeOrder>(line))
            {
                case BeginOrder:
                    subscriber?.Begin();
                    usage.Begin();
                    await Answer(output, new Done());
                    break;
                case PublishOrder order when publisher is not null:
                    await Answer(output, await publisher.PublishAsync(TimeSpan.FromSeconds(order.Seconds)));
                    break;
                case AwaitOrder order when subscriber is not null:
                    await Answer(output, await subscriber.AwaitAsync(order.SentPerLane));
                    break;
                case MeasureOrder:
                    await Answer(output, usage.End());
                    break;
                default:
                    throw new InvalidDataException($"A {setup.Role} cannot obey: {line}");
            }
        }

        return 0;
    }

    private static async Task Answer<T>(TextWriter output, T answer)
    {
        await output.WriteLineAsync(ProtocolJson.Write(answer));
        await output.FlushAsync();
    }
}
