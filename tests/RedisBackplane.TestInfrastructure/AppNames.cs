using System.Runtime.CompilerServices;

namespace RedisBackplane.TestInfrastructure;

/// <summary>Names of farms that keep tests on one Redis apart.</summary>
public static class AppNames
{
    /// <summary>
    /// A name that no other test, process or run uses; it begins with the test's name, so that a look at Redis shows
    /// whose it is.
    /// </summary>
    public static string Unique([CallerMemberName] string test = "") => $"test-{test}-{Guid.NewGuid():N}";
}
