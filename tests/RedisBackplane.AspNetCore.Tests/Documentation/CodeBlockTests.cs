namespace RedisBackplane.AspNetCore.Tests.Documentation;

/// <summary>The code in the documentation compiles against the current libraries.</summary>
public sealed class CodeBlockTests
{
    public static TheoryData<string> Blocks => [.. CodeBlock.All.Select(block => block.ToString())];

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Code_OfEachBlock_Compiles(string block)
    {
        var errors = BlockCompiler.Compile(CodeBlock.All.Single(candidate => candidate.ToString() == block));

        Assert.True(errors.Count == 0, string.Join(Environment.NewLine, errors));
    }

    [Fact]
    public void Pages_ThatShowHowToBegin_HaveCode()
    {
        var pages = CodeBlock.All.Select(block => block.Page).ToHashSet();

        Assert.Superset(
            new HashSet<string> { "README.md", "docs/getting-started.md", "docs/hosting-owin-iis.md", "docs/hosting-aspnetcore.md" },
            pages);
    }

    [Theory]
    [InlineData("GlobalHost.DependencyResolver.UseRedis(\"server\", \"6379\", \"password\", \"AppName\");", "CS1503")]
    [InlineData("GlobalHost.DependencyResolver.UseRedis(options => options.NoSuchOption = 1);", "CS1061")]
    [InlineData("app.MapNoSuchThing();", "CS1061")]
    [InlineData("public class ChatHub : NoSuchBase { }", "CS0246")]
    [InlineData("var x = ;", "CS1525")]
    [InlineData("public class Startup { public void Configuration(Owin.IAppBuilder app) => app ??= null; }", "CS8370")]
    public void Compiler_CodeThatIsWrong_SaysSo(string code, string error)
    {
        var errors = BlockCompiler.Compile(new CodeBlock("page.md", 10, code));

        Assert.Contains(
            errors,
            found => found.Contains(error, StringComparison.Ordinal) && found.StartsWith("page.md:10", StringComparison.Ordinal));
    }
}
