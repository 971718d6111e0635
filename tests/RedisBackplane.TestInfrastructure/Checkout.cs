namespace RedisBackplane.TestInfrastructure;

/// <summary>The checkout of the repository that the tests run in.</summary>
public static class Checkout
{
    /// <summary>Its folder; null if the tests run elsewhere.</summary>
    public static string? Folder { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    /// <inheritdoc cref="Folder"/>
    /// <exception cref="InvalidOperationException">The tests run elsewhere.</exception>
    public static string Root => Folder ?? throw new InvalidOperationException("The tests do not run in a checkout of the repository.");

    private static string? Find(DirectoryInfo? folder) =>
        folder is null || File.Exists(Path.Combine(folder.FullName, "RedisBackplane.sln")) ? folder?.FullName : Find(folder.Parent);
}
