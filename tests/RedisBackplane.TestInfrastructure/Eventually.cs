namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// Waits for a condition that raises no event. It checks every few milliseconds, and always ends. Prefer a task or an
/// event with a bound if there is one.
/// </summary>
public static class Eventually
{
    /// <summary>The default bound of a wait: long enough for a busy machine.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">Checked until it is true. An exception ends the wait.</param>
    /// <param name="what">What is waited for, as text for the failure.</param>
    /// <param name="timeout">The bound; <see cref="DefaultTimeout"/> if null.</param>
    /// <exception cref="TimeoutException">The condition did not hold in time.</exception>
    public static Task BecomesTrueAsync(Func<bool> condition, string what, TimeSpan? timeout = null) =>
        BecomesTrueAsync(() => Task.FromResult(condition()), what, timeout);

    /// <inheritdoc cref="BecomesTrueAsync(Func{bool}, string, TimeSpan?)"/>
    public static async Task BecomesTrueAsync(Func<Task<bool>> condition, string what, TimeSpan? timeout = null)
    {
        var bound = timeout ?? DefaultTimeout;
        var watch = Stopwatch.StartNew();
        while (!await condition().ConfigureAwait(false))
        {
            if (watch.Elapsed > bound)
            {
                throw new TimeoutException($"Not within {bound.TotalSeconds:0.#} s: {what}.");
            }

            await Task.Delay(Interval).ConfigureAwait(false);
        }
    }

    /// <summary>Waits for a task up to a bound, and returns its result or throws its exception.</summary>
    /// <param name="task">The task. It continues after the bound.</param>
    /// <param name="what">What is waited for, as text for the failure.</param>
    /// <param name="timeout">The bound; <see cref="DefaultTimeout"/> if null.</param>
    /// <exception cref="TimeoutException">The task did not end in time.</exception>
    public static async Task<T> CompletesAsync<T>(Task<T> task, string what, TimeSpan? timeout = null)
    {
        await CompletesAsync((Task)task, what, timeout).ConfigureAwait(false);
        return await task.ConfigureAwait(false);
    }

    /// <inheritdoc cref="CompletesAsync{T}(Task{T}, string, TimeSpan?)"/>
    public static async Task CompletesAsync(Task task, string what, TimeSpan? timeout = null)
    {
        var bound = timeout ?? DefaultTimeout;
        using var cancel = new CancellationTokenSource();
        var first = await Task.WhenAny(task, Task.Delay(bound, cancel.Token)).ConfigureAwait(false);
        if (first != task)
        {
            throw new TimeoutException($"Not within {bound.TotalSeconds:0.#} s: {what}.");
        }

        cancel.Cancel();
        await task.ConfigureAwait(false);
    }

    /// <summary>The task, or a failure if it does not end in time: a test that would hang fails instead.</summary>
    public static Task Bounded(this Task task) => CompletesAsync(task, "a task ends");

    /// <inheritdoc cref="Bounded(Task)"/>
    public static Task<T> Bounded<T>(this Task<T> task) => CompletesAsync(task, "a task ends");
}
