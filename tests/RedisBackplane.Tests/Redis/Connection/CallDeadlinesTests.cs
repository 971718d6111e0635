namespace RedisBackplane.Tests.Redis.Connection;

/// <summary>Calls that the client library never ends.</summary>
public sealed class CallDeadlinesTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(35);

    private readonly TrackedTime _time = new();
    private readonly CallDeadlines _deadlines;
    private readonly TaskCompletionSource<int> _call = new();

    public CallDeadlinesTests() => _deadlines = new CallDeadlines(_time, Longest, CancellationToken.None);

    [Fact]
    public async Task ResultOf_TheCallEnds_IsItsResult()
    {
        var result = _deadlines.Current.ResultOf(_call.Task);
        _call.SetResult(7);

        Assert.Equal(7, await result);
    }

    [Fact]
    public async Task ResultOf_TheCallFails_IsItsFailure()
    {
        var result = _deadlines.Current.ResultOf(_call.Task);
        _call.SetException(new InvalidOperationException("its own"));

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => result.AsTask());
        Assert.Equal("its own", failure.Message);
    }

    [Fact]
    public async Task ResultOf_LostAndItsGenerationEnds_IsATimeoutThen()
    {
        var result = _deadlines.Current.ResultOf(_call.Task).AsTask();
        await EndPast();

        _time.Advance(TimeSpan.FromSeconds(0.9));
        _deadlines.GiveUpLost();
        Assert.False(result.IsCompleted);

        // Nobody need call GiveUpLost for it.
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await Assert.ThrowsAsync<RedisTimeoutException>(() => result.Bounded());
    }

    [Fact]
    public async Task EndOf_LostAndItsGenerationEnds_IsATimeout()
    {
        var end = _deadlines.Current.EndOf(_call.Task);
        await EndPast();

        _time.Advance(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<RedisTimeoutException>(() => end.Bounded());
    }

    [Fact]
    public async Task ResultOf_OfTheNextGeneration_IsNotGivenUpWithThePast()
    {
        await EndPast();
        var result = _deadlines.Current.ResultOf(_call.Task);
        Pass(10);

        _call.SetResult(7);
        Assert.Equal(7, await result);
    }

    /// <summary>The socket was lost, and the client library has made another one.</summary>
    [Fact]
    public async Task ResultOf_LostOnAConnectionThatStays_IsATimeoutAfterOneToTwoTimesTheLongest()
    {
        Pass(Longest.TotalSeconds / 2);
        var result = _deadlines.Current.ResultOf(_call.Task).AsTask();

        for (var seconds = 0; seconds < Longest.TotalSeconds; seconds++)
        {
            Pass(1);
        }

        Assert.False(result.IsCompleted);
        for (var seconds = 0; seconds < Longest.TotalSeconds; seconds++)
        {
            Pass(1);
        }

        await Assert.ThrowsAsync<RedisTimeoutException>(() => result.Bounded());
    }

    [Fact]
    public async Task ResultOf_GivenUp_AnotherCallOfThatTimeThatEndedIsNotAffected()
    {
        var ended = new TaskCompletionSource<int>();
        var deadline = _deadlines.Current;
        var result = deadline.ResultOf(ended.Task);
        var lost = deadline.ResultOf(_call.Task).AsTask();
        ended.SetResult(7);
        await EndPast();
        _time.Advance(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<RedisTimeoutException>(() => lost.Bounded());
        Assert.Equal(7, await result);
    }

    /// <summary>
    /// The objects behind the waits are used again, so a mistake would give a call the result of another.
    /// </summary>
    [Fact]
    public async Task ResultOf_CallsEndWhileTheyAreGivenUp_EachHasItsOwnResultOrATimeout()
    {
        var (ended, lost) = (0, 0);
        for (var round = 0; round < 300; round++)
        {
            var generation = new CallGeneration(0);
            var calls = Enumerable.Range(0, 50).Select(static _ => new TaskCompletionSource<int>()).ToArray();
            var results = calls.Select(call => new CallDeadline(generation).ResultOf(call.Task).AsTask()).ToArray();
            var first = round * calls.Length;
            var ending = Task.Run(() =>
            {
                for (var i = 0; i < calls.Length; i++)
                {
                    calls[i].SetResult(first + i);
                }
            });
            await Task.WhenAll(ending, Task.Run(generation.End)).Bounded();

            for (var i = 0; i < results.Length; i++)
            {
                if (await Record.ExceptionAsync(() => results[i].Bounded()) is { } failure)
                {
                    Assert.IsType<RedisTimeoutException>(failure);
                    lost++;
                    continue;
                }

                Assert.Equal(first + i, await results[i]);
                ended++;
            }
        }

        Assert.True(ended > 0 && lost > 0, $"{ended} ended, {lost} were given up.");
    }

    private async Task EndPast()
    {
        _deadlines.BeginNext();
        _deadlines.EndPast(TimeSpan.FromSeconds(1));
        await Eventually.BecomesTrueAsync(() => _time.ArmedTimers == 1, "the end is awaited");
    }

    private void Pass(double seconds)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        _deadlines.GiveUpLost();
    }
}
