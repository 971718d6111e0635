namespace RedisBackplane.PackageTests;

[Collection(PackagesGroup.Name)]
public sealed class ToolTests(PackedPackages packages)
{
    [Fact]
    public async Task Install_FromALocalFolder_RunsAndNamesItsCommands()
    {
        var folder = packages.CreateFolder("tool");

        await DotnetCommand.RunAsync(
            folder,
            "tool", "install", PackedPackages.Tool, "--tool-path", folder, "--version", packages.Version, "--add-source", packages.Feed);
        var help = await DotnetCommand.RunProgramAsync(Path.Combine(folder, "redis-backplane"), folder, "--help");

        Assert.All(["monitor", "history", "send", "doctor", "bench"], command => Assert.Contains(command, help));
    }
}
