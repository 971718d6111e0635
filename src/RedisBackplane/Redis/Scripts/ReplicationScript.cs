namespace RedisBackplane.Redis.Scripts;

/// <summary><c>replication.lua</c>, which has no inputs.</summary>
internal static class ReplicationScript
{
    public static readonly string Text = ScriptText.Load("replication.lua");
}
