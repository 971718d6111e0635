using RedisBackplane.Timing;

namespace RedisBackplane.Receiving;

/// <summary>
/// Waits for an answer of Redis, up to a limit of silence. A process that did not run could not receive an answer. So
/// the limit consists of steps, and steps that end late do not count, up to <see cref="MaxLateSteps"/> of them. The
/// limit starts again with every sign of life, because the answer may be queued after many other bytes. Immutable.
/// </summary>
/// <param name="limit">How long Redis may be silent while this process runs.</param>
internal sealed class AnswerWait(TimeProvider time, TimeSpan limit)
{
    internal const int Steps = 10;

    // A dead connection must be found even in a process that always lacks CPU.
    internal const int MaxLateSteps = Steps / 2;

    private readonly TimeSpan _step = TimeSpan.FromTicks(limit.Ticks / Steps);
    private readonly TimeSpan _limit = TimeSpan.FromTicks(limit.Ticks / Steps * Steps);

    /// <summary>Waits until the question is answered, the limit has passed, or the caller cancels.</summary>
    /// <param name="signs">Increases with every sign of life of the connection.</param>
    /// <param name="expected">How much longer than the limit an answer may take at the moment.</param>
    /// <returns>Whether there is an answer. The answer may be an exception.</returns>
    public async Task<bool> HasAnswerAsync(
        Task question, Func<long> signs, Func<TimeSpan> expected, CancellationToken cancellationToken)
    {
        var late = 0;
        var silent = TimeSpan.Zero;
        var seen = signs();
        while (silent < _limit + expected() && !question.IsCompleted && !cancellationToken.IsCancellationRequested)
        {
            var began = time.GetTimestamp();
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            _ = await Task.WhenAny(question, time.Wait(_step, over.Token)).ConfigureAwait(false);
            over.Cancel();
            if (signs() is var now && now != seen)
            {
                (seen, silent, late) = (now, TimeSpan.Zero, 0);
            }
            else if (late < MaxLateSteps && time.GetElapsedTime(began) >= _step + _step)
            {
                late++;
            }
            else
            {
                silent += _step;
            }
        }

        return question.IsCompleted;
    }
}
