using System.Runtime.CompilerServices;

namespace RedisBackplane.TestInfrastructure;

/// <summary>Names of farms that keep tests on one Redis apart.</summary>
public static class AppNames
{
    /// <summary>
    /// A name that no other test, process or run uses. It begins with the test's name, so that Redis shows the test of
    /// a key.
    /// </summary>
    public static string Unique([CallerMemberName] string test = "") => $"test-{test}-{Guid.NewGuid():N}";
}
