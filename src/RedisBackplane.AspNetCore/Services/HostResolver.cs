using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Configuration;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RedisBackplane.AspNetCore.Hubs;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// The resolver of a host: that of the options, GlobalHost's, or one of its own. It is composed when it is first
/// requested: defaults, options, the application's modules and steps. Thread-safe.
/// </summary>
/// <remarks>
/// SignalR's own <c>InitializeHost</c> is not called, for two reasons. It loads Windows performance counters; without
/// it the counters exist and do nothing. And it disposes the resolver as soon as the host begins to stop, while
/// requests still use it.
/// </remarks>
internal sealed class HostResolver : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ConditionalWeakTable<IDependencyResolver, object> _adopted = [];
    private readonly IServiceProvider _services;
    private readonly HubContexts _contexts;
    private readonly ILogger _logger;
    private IDependencyResolver? _resolver;
    private ExceptionDispatchInfo? _failure;

    public HostResolver(IServiceProvider services)
    {
        _services = services;
        _contexts = new HubContexts(Get);
        _logger = services.GetRequiredService<GuardedLogger<HostResolver>>();
    }

    /// <summary>
    /// Hub contexts for the application's own code, including code that runs while the resolver is composed.
    /// </summary>
    public IConnectionManager Contexts => _contexts;

    private ClassicSignalROptions Options => _services.GetRequiredService<IOptions<ClassicSignalROptions>>().Value;

    /// <summary>
    /// The resolver. A step or a module that requests it during the composition gets it in its current state, instead
    /// of waiting for itself.
    /// </summary>
    public IDependencyResolver Get()
    {
        lock (_gate)
        {
            _failure?.Throw();
            if (_resolver is null)
            {
                try
                {
                    Compose();
                }
                catch (Exception exception)
                {
                    _failure = ExceptionDispatchInfo.Capture(exception);
                    GlobalHostUse.Release(this);
                    throw;
                }
            }

            return _resolver!;
        }
    }

    /// <summary>Prepares a resolver of the application for this host, for a path that is mapped with it.</summary>
    public void Adopt(IDependencyResolver resolver)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(resolver, _resolver) && _adopted.TryAdd(resolver, this))
            {
                var late = ResolverDefaults.RegisterLateBus(resolver);
                ResolverDefaults.Register(resolver, _services, new HubContexts(() => resolver));
                ResolverDefaults.Complete(resolver, late, Options, _logger);
            }
        }
    }

    public void Dispose()
    {
        GlobalHostUse.Release(this);
        _resolver?.Dispose();
        foreach (var (resolver, _) in _adopted)
        {
            resolver.Dispose();
        }
    }

    private void Compose()
    {
        var options = Options;
        var resolver = _resolver = Choose(options);
        var late = ResolverDefaults.RegisterLateBus(resolver);
        var tookSignalRsBus = Registrations.HasMadeItsBus(resolver);
        ResolverDefaults.Register(resolver, _services, _contexts);
        Apply(options, resolver.Resolve<IConfigurationManager>());
        var pipeline = resolver.Resolve<IHubPipeline>();
        foreach (var module in _services.GetServices<IHubPipelineModule>())
        {
            pipeline.AddModule(module);
        }

        foreach (var step in _services.GetServices<ResolverStep>())
        {
            step.Apply(_services, resolver);
        }

        if (tookSignalRsBus && !Registrations.HasMadeItsBus(resolver))
        {
            throw new InvalidOperationException(
                "A hub context was taken from GlobalHost before AddClassicSignalR and before a backplane was chosen: what it sends "
                + "would reach nobody. Take it later, or call GlobalHost.DependencyResolver.UseRedis(…) before it.");
        }

        ResolverDefaults.Complete(resolver, late, options, _logger);
    }

    private IDependencyResolver Choose(ClassicSignalROptions options)
    {
        if (options.UseGlobalHost == true)
        {
            return GlobalHostUse.Claim(this, options.Resolver);
        }

        if (options.UseGlobalHost is null)
        {
            GlobalHostUse.Refuse();
        }

        return options.Resolver ?? new ServiceResolver(_services);
    }

    /// <summary>Applies the options that the application set. Its own resolver may already have other values.</summary>
    private static void Apply(ClassicSignalROptions options, IConfigurationManager configuration)
    {
        configuration.TransportConnectTimeout = options.SetTransportConnectTimeout ?? configuration.TransportConnectTimeout;
        configuration.ConnectionTimeout = options.SetConnectionTimeout ?? configuration.ConnectionTimeout;
        configuration.DefaultMessageBufferSize = options.SetDefaultMessageBufferSize ?? configuration.DefaultMessageBufferSize;
        configuration.LongPollDelay = options.SetLongPollDelay ?? configuration.LongPollDelay;
        if (options.IsMaxIncomingWebSocketMessageSizeSet)
        {
            configuration.MaxIncomingWebSocketMessageSize = options.MaxIncomingWebSocketMessageSize;
        }

        // The disconnect timeout bounds the keep-alive, and SignalR refuses to change it once a keep-alive is set.
        if (options.SetDisconnectTimeout is { } disconnectTimeout)
        {
            Set(nameof(options.DisconnectTimeout), disconnectTimeout, value => configuration.DisconnectTimeout = value);
        }

        if (options.IsKeepAliveSet)
        {
            Set(nameof(options.KeepAlive), options.KeepAlive, value => configuration.KeepAlive = value);
        }

        void Set<T>(string setting, T value, Action<T> set)
        {
            try
            {
                set(value);
            }
            catch (Exception refusal) when (refusal is ArgumentException or InvalidOperationException)
            {
                throw new InvalidOperationException(
                    $"{nameof(ClassicSignalROptions)}.{setting} is {value}, which does not fit the configuration of the application's "
                    + $"resolver (DisconnectTimeout {configuration.DisconnectTimeout}, KeepAlive {configuration.KeepAlive}). Set both "
                    + $"DisconnectTimeout and KeepAlive in the options, and neither in GlobalHost.Configuration. {refusal.Message}",
                    refusal);
            }
        }
    }
}
