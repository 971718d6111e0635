using System.Collections.Concurrent;

namespace RedisBackplane.Tests.Streams;

public sealed class EventHandlersTests : IDisposable
{
    private readonly ConcurrentQueue<Exception> _failures = new();
    private readonly ConcurrentQueue<int> _seen = new();
    private readonly SemaphoreSlim _calls = new(0);
    private readonly ManualResetEventSlim _mayGo = new();
    private readonly EventHandlers _handlers;

    public EventHandlersTests() => _handlers = new EventHandlers(_failures.Enqueue);

    public void Dispose()
    {
        _mayGo.Set();
        _mayGo.Dispose();
        _calls.Dispose();
    }

    [Fact]
    public async Task Raise_ManyEvents_CallsAHandlerOnceForEachInOrderAndOneAtATime()
    {
        var running = 0;
        Action<int> handler = number =>
        {
            Assert.Equal(1, Interlocked.Increment(ref running));
            _seen.Enqueue(number);
            Interlocked.Decrement(ref running);
            _calls.Release();
        };

        for (var i = 0; i < 1000; i++)
        {
            var number = i;
            _handlers.Raise(handler, each => each(number));
        }

        await WaitForCallsAsync(1000);
        Assert.Equal(Enumerable.Range(0, 1000), _seen);
        Assert.Empty(_failures);
    }

    [Fact]
    public async Task Raise_WhileAnotherHandlerBlocks_CallsTheOthers()
    {
        Action blocked = () => _mayGo.Wait();
        Action other = () => _calls.Release();

        _handlers.Raise(blocked + other, each => each());
        _handlers.Raise(blocked + other, each => each());

        await WaitForCallsAsync(2);
    }

    [Fact]
    public async Task RaiseOnce_DuringACall_CallsOnceMore()
    {
        using var isCalled = new SemaphoreSlim(0);
        Action handler = () =>
        {
            isCalled.Release();
            _mayGo.Wait();
            _calls.Release();
        };
        _handlers.RaiseOnce(handler, each => each());
        Assert.True(await isCalled.WaitAsync(TimeSpan.FromSeconds(30)));

        for (var i = 0; i < 10; i++)
        {
            _handlers.RaiseOnce(handler, each => each());
        }

        _mayGo.Set();
        await WaitForCallsAsync(2);
        _handlers.RaiseOnce(handler, each => each());
        await WaitForCallsAsync(1);
        Assert.Equal(0, _calls.CurrentCount);
    }

    [Fact]
    public async Task Raise_ToAHandlerThatThrows_CallsItAgain()
    {
        Action handler = () =>
        {
            _calls.Release();
            throw new InvalidOperationException("broken");
        };

        _handlers.Raise(handler, each => each());
        _handlers.Raise(handler, each => each());

        await WaitForCallsAsync(2);
        Assert.True(SpinWait.SpinUntil(() => _failures.Count == 2, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Raise_WithoutHandlers_DoesNothing() => _handlers.Raise<Action>(null, each => each());

    private async Task WaitForCallsAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(await _calls.WaitAsync(TimeSpan.FromSeconds(30)), $"Call {i} did not come.");
        }
    }
}
