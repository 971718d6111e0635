using System.Reflection;
using RedisBackplane.Simulation.Redis;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Client;

/// <summary>The commands that the library calls through a multiplexer (<see cref="IDatabase"/>).</summary>
internal sealed class ModelDatabase
{
    // A script with more arguments has a frame among them. Other scripts have only names and numbers.
    private const int MaxSmallArguments = 10;

    private readonly KnownServers _servers;

    public ModelDatabase(KnownServers servers)
    {
        _servers = servers;
        Proxy = ModelProxy.Create<IDatabase>(Invoke);
    }

    public IDatabase Proxy { get; }

    private object? Invoke(MethodInfo method, object?[] arguments)
    {
        ObjectDisposedException.ThrowIf(_servers.IsClosed, this);
        switch (method.Name)
        {
            case "get_Database":
                return 0;
            case "ScriptEvaluateAsync":
                return EvaluateAsync(arguments[0]!, (RedisKey[]?)arguments[1] ?? [], (RedisValue[]?)arguments[2] ?? []);
            case "StringGetRangeAsync":
                var (key, start, end) = ((RedisKey)arguments[0]!, (long)arguments[1]!, (long)arguments[2]!);
                return CallAsync(60, link => link.Node.Commands.GetRange(key!, start, end), static value => 20 + (int)value.Length());
            case "ExecuteAsync" when arguments[0] is "WAIT":
                var wanted = (object[])arguments[1]!;
                return WaitAsync((int)wanted[0], TimeSpan.FromMilliseconds((long)wanted[1]));
            case "StringGetAsync" when arguments[0] is RedisKey name:
                return CallAsync(60, link => link.Node.Commands.Get(name!), static value => 20 + (int)value.Length());
            default:
                throw new NotSupportedException(method.Name);
        }
    }

    private Task<RedisResult> EvaluateAsync(object script, RedisKey[] keys, RedisValue[] values)
    {
        // A copy: the caller may reuse the bytes. Only the bytes of a frame count, because others differ from run to
        // run.
        var sent = Array.ConvertAll(values, static value => value.IsInteger ? value : (RedisValue)(byte[]?)value);
        var size = 300 + (sent.Length > MaxSmallArguments ? (int)sent.Max(static value => value.Length()) : 0);
        return CallAsync<RedisResult>(
            size,
            script is byte[] hash
                ? link => link.Node.Commands.EvaluateByHash(hash, keys, sent, link)
                : link => link.Node.Commands.Evaluate((string)script, keys, sent, link),
            static _ => 50,
            isWrite: true);
    }

    private async Task<T> CallAsync<T>(int size, Func<Link, T> run, Func<T, int> sizeOf, bool isWrite = false)
    {
        var node = _servers.ForCall(isWrite) ?? throw Connection.NotUp();
        try
        {
            return await node.Calls.CallAsync(size, run, sizeOf).ConfigureAwait(false);
        }
        catch (RedisServerException refusal)
        {
            _servers.Note(node, refusal);
            throw;
        }
    }

    private async Task<RedisResult> WaitAsync(int replicas, TimeSpan timeout)
    {
        var node = _servers.ForCall(isWrite: true) ?? throw Connection.NotUp();
        var reached = await node.Calls.CallLaterAsync<long>(
            60, (link, answer) => link.Node.Commands.Wait(link, replicas, timeout, answer), static _ => 10).ConfigureAwait(false);
        return RedisResult.Create(reached, ResultType.Integer);
    }
}
