using System.Reflection;
using RedisBackplane.Redis.Stream;
using RedisBackplane.Simulation.Redis;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Client;

/// <summary>
/// The subscriptions of a multiplexer (<see cref="ISubscriber"/>). After a connection is lost, it subscribes again by
/// itself.
/// </summary>
internal sealed class ModelSubscriber
{
    private readonly ClientEnvironment _environment;
    private readonly KnownServers _servers;
    private readonly Dictionary<string, Subscription> _subscriptions = [];

    public ModelSubscriber(ClientEnvironment environment, KnownServers servers)
    {
        (_environment, _servers) = (environment, servers);
        Proxy = SubscriberProxy.Create(Invoke, JoinAsync);
    }

    public ISubscriber Proxy { get; }

    /// <summary>A payload has arrived. Null: Redis has ended the subscription.</summary>
    public void OnPush(string channel, byte[]? payload)
    {
        if (!_subscriptions.TryGetValue(channel, out var subscription))
        {
            return;
        }

        if (payload is null)
        {
            subscription.Node = null;
            SubscribeAgain();
        }
        else
        {
            foreach (var listener in subscription.Listeners.ToArray())
            {
                listener.Add(payload);
            }
        }
    }

    /// <summary>The connection that carries channels of this server was lost.</summary>
    public void OnDown(ClientNode node)
    {
        foreach (var subscription in _subscriptions.Values)
        {
            subscription.Node = subscription.Node == node ? null : subscription.Node;
        }

        SubscribeAgain();
    }

    public void SubscribeAgain()
    {
        foreach (var (name, subscription) in _subscriptions)
        {
            if (subscription is { Node: null, IsBegun: false })
            {
                _ = SubscribeAsync(name, subscription).ContinueWith(
                    static done => done.Exception,
                    CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default);
            }
        }
    }

    private object? Invoke(MethodInfo method, object?[] arguments)
    {
        switch (method.Name)
        {
            case "IsConnected":
                return NodeOf(NameOf(arguments[0])) is { } carrier
                    ? carrier.Channel.IsUp
                    : Array.Exists(_servers.All, static node => node.Channel.IsUp);
            case "SubscribedEndpoint":
                return NodeOf(NameOf(arguments[0]))?.EndPoint;
            case "PingAsync":
                return PingAsync();
            case "UnsubscribeAsync":
                if (_subscriptions.Remove(NameOf(arguments[0]), out var removed))
                {
                    Leave(NameOf(arguments[0]), removed);
                }

                return Task.CompletedTask;
            default:
                throw new NotSupportedException(method.Name);
        }
    }

    private Task<TimeSpan> PingAsync()
    {
        var begun = _environment.Schedule.Now;
        var node = _subscriptions.Values.Select(static one => one.Node).FirstOrDefault(static node => node is not null)
            ?? _servers.ForChannel();
        return node is null
            ? Task.FromException<TimeSpan>(Connection.NotUp())
            : node.Channel.CallAsync(30, _ => TimeSpan.FromTicks(_environment.Schedule.Now - begun), static _ => 10);
    }

    // From the first attempt on, even if it fails, the queue belongs to the client.
    private async Task<IChannelListener> JoinAsync(RedisChannel channel)
    {
        ObjectDisposedException.ThrowIf(_servers.IsClosed, this);
        var name = NameOf(channel);
        if (!_subscriptions.TryGetValue(name, out var subscription))
        {
            _subscriptions[name] = subscription = new Subscription();
        }

        var listener = new ModelListener(_environment.Schedule, _environment.Actor, left =>
        {
            if (subscription.Listeners.Remove(left) && subscription.Listeners.Count == 0 && _subscriptions.Remove(name))
            {
                Leave(name, subscription);
            }
        });
        subscription.Listeners.Add(listener);
        if (subscription is { Node: null, IsBegun: false })
        {
            await SubscribeAsync(name, subscription).ConfigureAwait(false);
        }

        return listener;
    }

    private async Task SubscribeAsync(string channel, Subscription subscription)
    {
        var node = _servers.ForChannel() ?? throw Connection.NotUp();
        subscription.IsBegun = true;
        try
        {
            await node.Channel.CallAsync(
                60,
                link =>
                {
                    link.Node.Commands.Subscribe(link, channel);
                    return 0;
                },
                static _ => 60).ConfigureAwait(false);
            subscription.Node = node;
        }
        catch (RedisServerException refusal)
        {
            _servers.NoteMoved(refusal);
            throw;
        }
        finally
        {
            subscription.IsBegun = false;
        }
    }

    private ClientNode? NodeOf(string channel) => _subscriptions.TryGetValue(channel, out var subscription) ? subscription.Node : null;

    private static string NameOf(object? channel) =>
        (RedisChannel)channel! is { IsSharded: true } sharded ? ClientLinks.ShardedPrefix + sharded : channel!.ToString()!;

    private static void Leave(string channel, Subscription subscription) =>
        subscription.Node?.Channel.Send(60, link => link.Node.Links.Unsubscribe(link, channel));

    private sealed class Subscription
    {
        public List<ModelListener> Listeners { get; } = [];

        /// <summary>Whether a Redis was asked for the subscription and has not answered.</summary>
        public bool IsBegun { get; set; }

        /// <summary>The Redis that has confirmed the subscription.</summary>
        public ClientNode? Node { get; set; }
    }
}
