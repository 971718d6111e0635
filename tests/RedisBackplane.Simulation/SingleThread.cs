using System.Runtime.ExceptionServices;

namespace RedisBackplane.Simulation;

/// <summary>A thread without a synchronisation context: continuations, and so the whole run, stay on it.</summary>
internal static class SingleThread
{
    public static void Run(Action body)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    body();
                }
                catch (Exception exception)
                {
                    failure = ExceptionDispatchInfo.Capture(exception);
                }
            },
            maxStackSize: 16 * 1024 * 1024);
        thread.Start();
        thread.Join();
        failure?.Throw();
    }
}
