using RedisBackplane.Tests.Documentation;

namespace RedisBackplane.Tests.Legacy;

/// <summary>Which code knows the format of the older package, and what depends on it.</summary>
public sealed class LegacyFormatTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Names_OfTheOlderPackage_AreItsEventKeyInEveryDatabase(int database)
    {
        var names = LegacyFormat.Instance.NamesOf("Chat", database, 0);

        Assert.Equal(("Chat", "Chat"), ((string?)names.Channel, (string?)names.OtherCounter));
        Assert.Null(new RedisNames("Chat", database).OtherCounter);
    }

    [Fact]
    public void Of_WireFormat_ChoosesTheFormat()
    {
        Assert.IsType<LegacyFormat>(StreamFormats.Of(WireFormat.Legacy));
        Assert.IsType<CurrentFormat>(StreamFormats.Of(WireFormat.Current));
    }

    [Fact]
    public void Legacy_Room_IsNamedInOnePlaceOnly()
    {
        var room = typeof(LegacyFormat).Assembly.GetTypes().Where(type => type.Namespace == typeof(LegacyFormat).Namespace)
            .Where(type => !type.IsNested).Select(type => type.Name).Append("RedisBackplane.Legacy");
        var source = Path.Combine(Pages.Root, "src", "RedisBackplane");

        var naming = Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}"))
            .Where(file => !file.StartsWith(Path.Combine(source, "Legacy"), StringComparison.Ordinal))
            .Where(file => room.Any(File.ReadAllText(file).Contains))
            .Select(Path.GetFileName);

        Assert.Equal("StreamFormats.cs", Assert.Single(naming));
    }
}
