namespace RedisBackplane.Tests.Receiving;

public sealed class AnswerWaitTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Step = TimeSpan.FromTicks(Limit.Ticks / AnswerWait.Steps);

    private readonly TrackedTime _time = new();
    private readonly TaskCompletionSource<object?> _question = new();
    private readonly CancellationTokenSource _stopping = new();
    private long _signs;
    private TimeSpan _expected;

    [Fact]
    public async Task Answer_ComesInTime_EndsTheWait()
    {
        var wait = Begin();
        await PassAsync(wait, Step);
        _question.SetResult(null);

        Assert.True(await wait.Bounded());
    }

    [Fact]
    public async Task Answer_IsAnException_EndsTheWaitAndIsLeftToTheCaller()
    {
        var wait = Begin();
        _question.SetException(new InvalidOperationException());

        Assert.True(await wait.Bounded());
    }

    [Theory]
    [InlineData(false, false, AnswerWait.Steps)]
    [InlineData(true, false, AnswerWait.Steps + AnswerWait.MaxLateSteps)]
    [InlineData(false, true, 2 * AnswerWait.Steps)]
    public async Task Silence_AlsoOfALateProcessOrWithMuchUnderWay_EndsAtItsLimit(bool isAlwaysLate, bool muchIsUnderWay, int expected)
    {
        _expected = muchIsUnderWay ? Limit : default;
        var wait = Begin();
        var steps = await StepsToTheEndAsync(wait, isAlwaysLate ? Limit : Step);

        Assert.False(await wait);
        Assert.Equal(expected, steps);
    }

    [Fact]
    public async Task ProcessStoodStill_LongerThanTheLimit_TheAnswerIsStillHeard()
    {
        var wait = Begin();
        await PassAsync(wait, Step);

        // Neither this process nor its sockets moved.
        await PassAsync(wait, Limit + Limit);
        Assert.False(wait.IsCompleted);
        await PassAsync(wait, Step);
        _question.SetResult(null);

        Assert.True(await wait.Bounded());
    }

    [Fact]
    public async Task SignsOfLife_LongBeforeTheAnswer_BeginTheLimitAgain()
    {
        var wait = Begin();
        for (var step = 0; step < 5 * AnswerWait.Steps; step++)
        {
            Interlocked.Increment(ref _signs);
            await PassAsync(wait, Step);
        }

        Assert.False(wait.IsCompleted);
        _question.SetResult(null);
        Assert.True(await wait.Bounded());
    }

    [Fact]
    public async Task Caller_GivesUp_EndsTheWait()
    {
        var wait = Begin();
        _stopping.Cancel();

        Assert.False(await wait.Bounded());
    }

    private Task<bool> Begin() => new AnswerWait(_time, Limit).HasAnswerAsync(
        _question.Task, () => Volatile.Read(ref _signs), () => _expected, _stopping.Token);

    private async Task<int> StepsToTheEndAsync(Task wait, TimeSpan step)
    {
        var steps = 0;
        for (; !wait.IsCompleted; steps++)
        {
            await PassAsync(wait, step);
        }

        return steps;
    }

    /// <summary>Lets time pass at once, and waits until the wait has noticed it.</summary>
    private async Task PassAsync(Task wait, TimeSpan time)
    {
        await Eventually.BecomesTrueAsync(() => wait.IsCompleted || _time.ArmedTimers == 1, "the wait has begun a step");
        _time.Advance(time);
        await Eventually.BecomesTrueAsync(() => wait.IsCompleted || _time.ArmedTimers == 1, "the wait has noted that time has passed");
    }
}
