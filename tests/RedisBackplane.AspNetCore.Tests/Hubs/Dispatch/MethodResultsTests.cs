using RedisBackplane.AspNetCore.Hubs.Dispatch;

namespace RedisBackplane.AspNetCore.Tests.Hubs.Dispatch;

public sealed class MethodResultsTests
{
    [Fact]
    public async Task ToTask_OfATaskThatEndsMeanwhile_HasItsResult()
    {
        // The task ends on another thread while it is read, at different moments.
        for (var attempt = 0; attempt < 20_000; attempt++)
        {
            var source = new TaskCompletionSource<int>();
            var ending = Task.Run(() => source.SetResult(attempt));
            var spin = default(SpinWait);
            while (ending.Status < TaskStatus.Running)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }

            var number = MethodResults.ToTask(source.Task, typeof(Task<int>));
            var nothing = MethodResults.ToTask(source.Task, typeof(Task));

            Assert.Equal(attempt, await number);
            Assert.Null(await nothing);
            await ending;
        }
    }

    [Theory]
    [InlineData(typeof(Task))]
    [InlineData(typeof(Task<int>))]
    public async Task ToTask_OfATaskThatFailsOrIsCancelled_DoesTheSame(Type declared)
    {
        var failed = MethodResults.ToTask(Task.FromException<int>(new InvalidOperationException("why")), declared);
        var cancelled = MethodResults.ToTask(Task.FromCanceled<int>(new CancellationToken(true)), declared);

        Assert.Equal("why", (await Assert.ThrowsAsync<InvalidOperationException>(() => failed)).Message);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.True(cancelled.IsCanceled);
    }
}
