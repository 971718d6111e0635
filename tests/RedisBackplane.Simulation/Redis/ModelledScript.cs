using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RedisBackplane.Redis.Scripts;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Redis;

/// <summary>A script's text as Redis receives it, the model that replaces it, and the hash for later calls.</summary>
internal sealed class ModelledScript
{
    // Texts are compared as objects: the library creates one for each epoch, and sends it many times.
    private static readonly ConditionalWeakTable<string, ModelledScript> Known = [];

    private readonly ScriptModels.Model _run;
    private readonly ScriptInputs.Names _inputs;

    private ModelledScript(string text)
    {
        (Name, _inputs, _run) = ScriptModels.Find(text);
        Hash = HashOf(new FrequentScript(text).Hash);
    }

    public string Name { get; }

    public UInt128 Hash { get; }

    public static ModelledScript Of(string text) => Known.GetValue(text, static text => new ModelledScript(text));

    public static UInt128 HashOf(byte[] sha1) => MemoryMarshal.Read<UInt128>(sha1);

    public ScriptInputs Bind(RedisKey[] keys, RedisValue[] arguments) => _inputs.Of(keys, arguments);

    public RedisValue[] Run(Keyspace db, IScriptHost host, ScriptInputs inputs) => _run(db, host, inputs);
}
