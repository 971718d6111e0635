using System.Reflection;
using RedisBackplane.Redis.Stream;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Client;

/// <summary>Implements a large interface of StackExchange.Redis by one function, for the few methods called.</summary>
internal class ModelProxy : DispatchProxy
{
    private Func<MethodInfo, object?[], object?> _invoke = null!;

    public static T Create<T>(Func<MethodInfo, object?[], object?> invoke)
        where T : class
    {
        var proxy = Create<T, ModelProxy>();
        ((ModelProxy)(object)proxy)._invoke = invoke;
        return proxy;
    }

    protected static void Bind(ModelProxy proxy, Func<MethodInfo, object?[], object?> invoke) => proxy._invoke = invoke;

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _invoke(targetMethod!, args ?? []);
}

/// <summary>A subscriber that creates its own listeners.</summary>
internal class SubscriberProxy : ModelProxy, IChannelSubscriber
{
    private Func<RedisChannel, Task<IChannelListener>> _join = null!;

    public static ISubscriber Create(Func<MethodInfo, object?[], object?> invoke, Func<RedisChannel, Task<IChannelListener>> join)
    {
        var proxy = Create<ISubscriber, SubscriberProxy>();
        Bind((SubscriberProxy)proxy, invoke);
        ((SubscriberProxy)proxy)._join = join;
        return proxy;
    }

    public Task<IChannelListener> JoinAsync(RedisChannel channel) => _join(channel);
}
