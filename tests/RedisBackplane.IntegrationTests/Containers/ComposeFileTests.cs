namespace RedisBackplane.IntegrationTests.Containers;

/// <summary>docker-compose.yml starts the same servers as the tests.</summary>
public sealed class ComposeFileTests
{
    private static readonly string Compose = DocumentedRights.ReadFile("docker-compose.yml");

    [Fact]
    public void ComposeFile_ForEachImageOfTheTests_StartsItsServer()
    {
        Assert.All([ServerImage.Redis7, ServerImage.Redis8, ServerImage.Valkey, ServerImage.KeyDb], image =>
        {
            Assert.Contains($"image: {image.Reference}\n", Compose);
            Assert.Contains(image.Executable, Compose);
        });
    }

    [Fact]
    public void ComposeFile_ForTheUserChat_GivesTheDocumentedRights()
    {
        var words = Compose.Substring(Compose.IndexOf("      - chat\n", StringComparison.Ordinal)).Split('\n')
            .Skip(5)
            .TakeWhile(line => line.StartsWith("      - ", StringComparison.Ordinal))
            .Select(line => line.Substring("      - ".Length).Trim('"'));

        Assert.Equal(["-@all", .. DocumentedRights.All], words);
    }
}
