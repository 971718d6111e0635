using System.Collections.Concurrent;
using System.Reflection;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// Converts the results of hub methods to one type of task. SignalR compiles an expression in every call of a method
/// that returns <c>Task&lt;T&gt;</c>, which takes milliseconds. Here each return type has one delegate, created once.
/// </summary>
internal static class MethodResults
{
    public static readonly Task<object?> Nothing = Task.FromResult<object?>(null);

    private static readonly MethodInfo GenericConversion =
        typeof(MethodResults).GetMethod(nameof(FromTaskOf), BindingFlags.NonPublic | BindingFlags.Static)!;

    private static readonly ConcurrentDictionary<Type, Func<object?, Task<object?>>> Conversions = new();

    /// <param name="returnType">
    /// The declared return type. A method that declares <see cref="Task"/> has no result, even if the task that it
    /// returns has one.
    /// </param>
    /// <exception cref="InvalidCastException">The method returned another type of task than it declares.</exception>
    /// <exception cref="NullReferenceException">The method declares a task and returned null.</exception>
    public static Task<object?> ToTask(object? result, Type returnType)
    {
        if (!typeof(Task).IsAssignableFrom(returnType))
        {
            return result is null ? Nothing : Task.FromResult<object?>(result);
        }

        return Conversions.GetOrAdd(returnType, static type => MakeConversion(type))(result);
    }

    /// <summary>
    /// Creates a task that failed as in SignalR: with the exception in an aggregate instead of the aggregate.
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
        // In this order, because the task may end at any moment.
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
