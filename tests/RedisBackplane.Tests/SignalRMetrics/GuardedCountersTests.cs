using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Infrastructure;
using Moq;

namespace RedisBackplane.Tests.SignalRMetrics;

/// <summary>The performance counters that a bus finds in its resolver.</summary>
public sealed class GuardedCountersTests
{
    [Fact]
    public void Counters_Each_PassesToTheOneOfTheSameName()
    {
        using var counters = new SignalRCounters();
        var guarded = GuardedOf(counters);

        Assert.All(typeof(IPerformanceCounterManager).GetProperties(), property =>
        {
            var inner = (IPerformanceCounter)property.GetValue(counters)!;
            var outer = (IPerformanceCounter)property.GetValue(guarded)!;
            outer.RawValue = 5;
            outer.Increment();
            outer.IncrementBy(10);
            outer.Decrement();
            Assert.Equal((inner.CounterName, inner.RawValue), (outer.CounterName, outer.RawValue));
            Assert.Equal(inner is UnreadCounter ? 0 : 15, outer.RawValue);
        });
    }

    [Fact]
    public void Counter_ThatTheHostReplaces_IsTheNewOne()
    {
        var (before, after) = (new SignalRCounter("before"), new SignalRCounter("after"));
        var counters = new Mock<IPerformanceCounterManager>();
        counters.Setup(all => all.ErrorsAllTotal).Returns(before);
        var counter = GuardedOf(counters.Object).ErrorsAllTotal;
        counter.Increment();

        counters.Setup(all => all.ErrorsAllTotal).Returns(after);
        counter.Increment();

        Assert.Equal((1, 1), (before.RawValue, after.RawValue));
    }

    [Fact]
    public void Counter_Throws_CountsZeroAndReportsTheFirstExceptionAlone()
    {
        var broken = new Mock<IPerformanceCounter>();
        broken.Setup(counter => counter.Increment()).Throws(new InvalidOperationException("first"));
        broken.Setup(counter => counter.Close()).Throws(new InvalidOperationException("second"));
        var counters = Mock.Of<IPerformanceCounterManager>(all => all.ErrorsAllTotal == broken.Object);
        var guarded = GuardedOf(counters);
        var reported = new List<string>();

        Assert.Equal(0, guarded.ErrorsAllTotal.Increment());
        guarded.Guard.ReportTo(failure => reported.Add(failure.Message));
        guarded.ErrorsAllTotal.Close();

        Assert.Equal(["first"], reported);
    }

    private static GuardedCounters GuardedOf(IPerformanceCounterManager counters)
    {
        var resolver = new Mock<IDependencyResolver>();
        resolver.Setup(services => services.GetService(typeof(IPerformanceCounterManager))).Returns(counters);
        return (GuardedCounters)CounterGuard.Guard(resolver.Object).GetService(typeof(IPerformanceCounterManager));
    }
}
