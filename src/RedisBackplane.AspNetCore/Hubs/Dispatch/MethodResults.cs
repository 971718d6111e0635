using System.Collections.Concurrent;
using System.Reflection;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// Makes one kind of task out of what hub methods return. SignalR compiles an expression at every call of a method that
/// returns <c>Task&lt;T&gt;</c>, which takes milliseconds; here each return type has one delegate, made once.
/// </summary>
internal static class MethodResults
{
    public static readonly Task<object?> Nothing = Task.FromResult<object?>(null);

    private static readonly MethodInfo GenericConversion =
        typeof(MethodResults).GetMethod(nameof(FromTaskOf), BindingFlags.NonPublic | BindingFlags.Static)!;

    private static readonly ConcurrentDictionary<Type, Func<object?, Task<object?>>> Conversions = new();

    /// <param name="result">What the method returned.</param>
    /// <param name="returnType">
    /// The type that the method declares: a method that declares <see cref="Task"/> has no result, whatever the task
    /// holds.
    /// </param>
    /// <exception cref="InvalidCastException">The method returned another task than its type says.</exception>
    /// <exception cref="NullReferenceException">A method that declares a task returned none.</exception>
    public static Task<object?> ToTask(object? result, Type returnType)
    {
        if (!typeof(Task).IsAssignableFrom(returnType))
        {
            return result is null ? Nothing : Task.FromResult<object?>(result);
        }

        return Conversions.GetOrAdd(returnType, static type => MakeConversion(type))(result);
    }

    /// <summary>
    /// A task that failed as SignalR lets it fail: with what an aggregate holds instead of the aggregate.
    /// </summary>
    public static Task<object?> Failed(Exception exception)
    {
        var source = new TaskCompletionSource<object?>();
        if (exception is AggregateException { InnerExceptions: { Count: > 0 } inner })
        {
            source.SetException(inner);
        }
        else
        {
            source.SetException(exception);
        }

        return source.Task;
    }

    private static Func<object?, Task<object?>> MakeConversion(Type returnType) => returnType.IsGenericType
        ? GenericConversion.MakeGenericMethod(returnType.GetGenericArguments().Single()).CreateDelegate<Func<object?, Task<object?>>>()
        : static result => FromTask((Task)result!);

    private static Task<object?> FromTask(Task task)
    {
        // In this order: it may end at any moment.
        if (!task.IsCompleted)
        {
            return WhenDone(task);
        }

        return task.IsCompletedSuccessfully ? Nothing : Unsuccessful(task);

        static async Task<object?> WhenDone(Task task)
        {
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return task.IsCompletedSuccessfully ? null : await Unsuccessful(task).ConfigureAwait(false);
        }
    }

    private static Task<object?> FromTaskOf<T>(object? result)
    {
        var task = (Task<T>)result!;
        if (!task.IsCompleted)
        {
            return WhenDone(task);
        }

        if (task.IsCompletedSuccessfully)
        {
            return task as Task<object?> ?? Task.FromResult<object?>(task.Result);
        }

        return Unsuccessful(task);

        static async Task<object?> WhenDone(Task<T> task)
        {
            await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return task.IsCompletedSuccessfully ? task.Result : await Unsuccessful(task).ConfigureAwait(false);
        }
    }

    private static Task<object?> Unsuccessful(Task task)
    {
        if (task.Exception is { } exception)
        {
            return Failed(exception);
        }

        var source = new TaskCompletionSource<object?>();
        source.SetCanceled();
        return source.Task;
    }
}
