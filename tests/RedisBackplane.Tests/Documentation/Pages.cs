namespace RedisBackplane.Tests.Documentation;

/// <summary>The files of this checkout.</summary>
internal static class Pages
{
    public static string Root { get; } = FindRoot();

    /// <summary>A file under docs/.</summary>
    public static string Read(string page) => File.ReadAllText(Path.Combine(Root, "docs", page));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "RedisBackplane.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run in a checkout of the repository.");
        }

        return folder.FullName;
    }
}
