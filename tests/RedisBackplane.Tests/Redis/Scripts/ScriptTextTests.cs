namespace RedisBackplane.Tests.Redis.Scripts;

public sealed class ScriptTextTests
{
    [Fact]
    public void Load_Script_LeavesOutCommentsAndIndentation()
    {
        Assert.All(PublishScript.Text.Split('\n'), line => Assert.Matches("^[^ -].*[^ ]$|^[^ -]$", line));
        Assert.DoesNotContain("--", PublishScript.Text, StringComparison.Ordinal);
        Assert.StartsWith("local counterKey = KEYS[1]\nlocal publisherKey = KEYS[2]\n", PublishScript.Text, StringComparison.Ordinal);
        Assert.EndsWith("return {1, base + 1}", PublishScript.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("publish.lua")]
    [InlineData("publish_legacy.lua")]
    public void Source_ScriptThatStoresABatch_HoldsTheCommonParts(string name)
    {
        var source = ScriptText.Source(name);

        Assert.Contains(ScriptText.Source("batch_turn.lua"), source, StringComparison.Ordinal);
        Assert.Contains(ScriptText.Source("append_history.lua"), source, StringComparison.Ordinal);
        Assert.DoesNotContain("@include", source, StringComparison.Ordinal);
    }

    [Fact]
    public void Source_NoSuchScript_Throws()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => ScriptText.Source("missing.lua"));

        Assert.Contains("missing.lua", exception.Message, StringComparison.Ordinal);
    }
}
