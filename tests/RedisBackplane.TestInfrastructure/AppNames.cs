using System.Runtime.CompilerServices;

namespace RedisBackplane.TestInfrastructure;

/// <summary>Names of farms that keep tests on one Redis apart.</summary>
public static class AppNames
{
    /// <summary>A name that nobody else uses. It begins with the test's name, to recognise its keys in Redis.</summary>
    public static string Unique([CallerMemberName] string test = "") => $"test-{test}-{Guid.NewGuid():N}";
}
