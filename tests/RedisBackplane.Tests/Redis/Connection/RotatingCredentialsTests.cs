namespace RedisBackplane.Tests.Redis.Connection;

public sealed class RotatingCredentialsTests
{
    [Theory]
    [InlineData(3600, 2700)]
    [InlineData(4, 3)]
    [InlineData(1, 1)]
    [InlineData(-60, 1)]
    [InlineData(100 * 24 * 3600, 24 * 3600)]
    public void WaitFor_WhatIsLeft_IsThreeQuartersOfItWithinBounds(double left, double expected) =>
        Assert.Equal(TimeSpan.FromSeconds(expected), RotatingCredentials.WaitFor(TimeSpan.FromSeconds(left)));

    [Theory]
    [InlineData(3600, 1, 30)]
    [InlineData(20, 9, 15)]
    [InlineData(1, 9, 1)]
    [InlineData(0, 1, 2)]
    [InlineData(-60, 3, 8)]
    [InlineData(-60, 1000, 30)]
    public void RetryAfter_AFailure_ComesSoonerTheLessTimeIsLeftAndSeldomWhenNoneIs(double left, int failures, double expected) =>
        Assert.Equal(TimeSpan.FromSeconds(expected), RotatingCredentials.RetryAfter(TimeSpan.FromSeconds(left), failures));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dispose_ProviderLeftACallbackAtItsToken_RunsItOutsideTheLockAndSurvivesIt(bool throws)
    {
        var time = new TrackedTime();
        var logger = new RecordedLogger();
        var asked = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var disposed = new ManualResetEventSlim();
        var otherThreadsPass = false;
        var calls = 0;
        RotatingCredentials? credentials = null;
        credentials = new RotatingCredentials("Chat", ProvideAsync, logger, time);
        var configuration = ConfigurationOptions.Parse("127.0.0.1:1,abortConnect=false,connectTimeout=100,connectRetry=0");
        using var connection = await credentials.OpenAsync(configuration, CancellationToken.None).Bounded();
        // Not just any timer: that of the first question may still be armed.
        await Eventually.BecomesTrueAsync(() => time.NextDue == TimeSpan.FromSeconds(1), "the renewal waits");
        time.Advance(TimeSpan.FromSeconds(1));
        await asked.Task.Bounded();

        credentials.Dispose();
        disposed.Set();

        Assert.True(otherThreadsPass);
        Assert.Equal(throws ? 1 : 0, logger.Of(1006).Count());

        Task<RedisCredentials> ProvideAsync(CancellationToken token)
        {
            if (Interlocked.Increment(ref calls) == 1)
            {
                return Task.FromResult(new RedisCredentials("chat", "hunter2", time.GetUtcNow() + TimeSpan.FromSeconds(1)));
            }

            token.Register(() =>
            {
                otherThreadsPass = Task.Run(credentials!.Dispose).Wait(Eventually.DefaultTimeout);
                if (throws)
                {
                    throw new InvalidOperationException("a callback of the application");
                }
            });
            asked.SetResult(null);

            // A question that is awaited already could be given up, and its callback run, by another thread.
            disposed.Wait(Eventually.DefaultTimeout, CancellationToken.None);
            return new TaskCompletionSource<RedisCredentials>().Task;
        }
    }

    [Fact]
    public void RedisCredentials_AsText_ShowNoPassword()
    {
        var text = new RedisCredentials("chat", "hunter2", DateTimeOffset.UtcNow).ToString();

        Assert.Contains("chat", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public void RedisCredentials_WithoutAPassword_AreRefused(string? password) =>
        Assert.Throws<ArgumentException>(() => new RedisCredentials("chat", password!));
}
