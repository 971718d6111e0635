namespace Chat.Redis;

/// <summary>Why this Redis was chosen.</summary>
internal enum RedisSource
{
    /// <summary>The command line named it.</summary>
    CommandLine,

    /// <summary>The environment named it.</summary>
    Environment,

    /// <summary>It answered on its usual port.</summary>
    Found,

    /// <summary>None was named or found, so it runs in this process.</summary>
    Embedded,
}
