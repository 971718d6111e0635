using Microsoft.Extensions.Time.Testing;

namespace RedisBackplane.Tests.Timing;

public sealed class DelaysTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Wait_TimePasses_EndsThenAndNotBefore()
    {
        var wait = _time.Wait(TimeSpan.FromSeconds(5), CancellationToken.None);

        _time.Advance(TimeSpan.FromMilliseconds(4_999));
        Assert.False(wait.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        await wait.Bounded();
    }

    [Fact]
    public async Task Wait_Cancelled_EndsWithoutThrowing()
    {
        using var cancellation = new CancellationTokenSource();
        var wait = _time.Wait(TimeSpan.FromSeconds(5), cancellation.Token);

        cancellation.Cancel();

        await wait.Bounded();
    }

    [Fact]
    public async Task Wait_CancelledBefore_EndsAtOnce() =>
        await _time.Wait(TimeSpan.FromSeconds(5), new CancellationToken(canceled: true)).Bounded();
}
