using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.SignalRMetrics;

/// <summary>
/// Guards the bus against performance counters of the application that throw. A counter that throws loses its own count
/// and nothing else. Thread-safe.
/// </summary>
internal sealed class CounterGuard(IPerformanceCounterManager counters)
{
    private readonly object _gate = new();
    private Action<Exception>? _report;
    private Exception? _failure;

    /// <summary>The counters that may throw.</summary>
    public IPerformanceCounterManager Counters => counters;

    /// <summary>Returns a resolver that has guarded counters, for SignalR's base class of the bus.</summary>
    public static IDependencyResolver Guard(IDependencyResolver resolver) => new GuardedResolver(resolver);

    /// <summary>Sets who gets the first exception. It may have been thrown already.</summary>
    public void ReportTo(Action<Exception> report)
    {
        Exception? failure;
        lock (_gate)
        {
            _report = report;
            failure = _failure;
        }

        if (failure is not null)
        {
            report(failure);
        }
    }

    /// <summary>A counter threw.</summary>
    public void OnFailed(Exception failure)
    {
        Action<Exception>? report;
        lock (_gate)
        {
            if (_failure is not null)
            {
                return;
            }

            _failure = failure;
            report = _report;
        }

        report?.Invoke(failure);
    }

    private sealed class GuardedResolver(IDependencyResolver resolver) : IDependencyResolver
    {
        private readonly GuardedCounters _counters = new(new CounterGuard(resolver.Resolve<IPerformanceCounterManager>()));

        public object? GetService(Type serviceType) =>
            serviceType == typeof(IPerformanceCounterManager) ? _counters : resolver.GetService(serviceType);

        public IEnumerable<object> GetServices(Type serviceType) => resolver.GetServices(serviceType);

        public void Register(Type serviceType, Func<object> activator) => resolver.Register(serviceType, activator);

        public void Register(Type serviceType, IEnumerable<Func<object>> activators) => resolver.Register(serviceType, activators);

        public void Dispose()
        {
            // The resolver belongs to the application.
        }
    }
}
