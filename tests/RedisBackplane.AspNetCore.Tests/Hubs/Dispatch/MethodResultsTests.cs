using RedisBackplane.AspNetCore.Hubs.Dispatch;

namespace RedisBackplane.AspNetCore.Tests.Hubs.Dispatch;

public sealed class MethodResultsTests
{
    [Fact]
    public async Task ToTask_OfATaskThatEndsMeanwhile_HasItsResult()
    {
        var sources = Enumerable.Range(0, 20_000).Select(_ => new TaskCompletionSource<int>()).ToArray();
        var read = new (Task<object?> Number, Task<object?> Nothing)[sources.Length];
        var (reader, ender) = (new Step(), new Step());

        // Another thread ends the tasks while this one reads them, at different moments.
        var ending = Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < sources.Length; i++)
                {
                    ender.Meet(reader, i);
                    Thread.SpinWait(i % 16);
                    sources[i].SetResult(i);
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        for (var i = 0; i < sources.Length; i++)
        {
            reader.Meet(ender, i);
            if (i % 2 == 0)
            {
                read[i].Number = MethodResults.ToTask(sources[i].Task, typeof(Task<int>));
                read[i].Nothing = MethodResults.ToTask(sources[i].Task, typeof(Task));
            }
            else
            {
                read[i].Nothing = MethodResults.ToTask(sources[i].Task, typeof(Task));
                read[i].Number = MethodResults.ToTask(sources[i].Task, typeof(Task<int>));
            }
        }

        await ending;
        for (var i = 0; i < sources.Length; i++)
        {
            Assert.Equal(i, await read[i].Number);
            Assert.Null(await read[i].Nothing);
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

    /// <summary>A thread's progress. Two threads wait only a moment for each other: one may have no core.</summary>
    private sealed class Step
    {
        private const int Patience = 200;

        private int _at = -1;

        public void Meet(Step other, int at)
        {
            Volatile.Write(ref _at, at);
            for (var spins = 0; Volatile.Read(ref other._at) < at && spins < Patience; spins++)
            {
                Thread.SpinWait(1);
            }
        }
    }
}
