using global::Chat;

namespace RedisBackplane.BrowserTests.Chat;

public sealed class ChatOptionsTests
{
    [Fact]
    public void NoArguments_AreTwoServers()
    {
        var options = ChatOptions.Parse([]);
        Assert.Equal([5001, 5002], options.Ports);
        Assert.Equal("Chat", options.AppName);
        Assert.Null(options.Redis);
        Assert.False(options.Embedded || options.Lan || options.Verbose || options.Help);
    }

    [Theory]
    [InlineData("--servers 3", new[] { 5001, 5002, 5003 })]
    [InlineData("-s 1", new[] { 5001 })]
    [InlineData("--port 6001", new[] { 6001, 6002 })]
    [InlineData("--port=6001 --servers=1", new[] { 6001 })]
    [InlineData("--servers 3 -p 6001", new[] { 6001, 6002, 6003 })]
    [InlineData("--ports 7001,9001", new[] { 7001, 9001 })]
    [InlineData("--servers 2 --port 9001,7001", new[] { 9001, 7001 })]
    [InlineData("--servers 1 --port 65535", new[] { 65535 })]
    public void Ports_FollowFromServersAndPort(string arguments, int[] ports) => Assert.Equal(ports, Parse(arguments).Ports);

    [Theory]
    [InlineData("--servers", "--servers needs a value.")]
    [InlineData("--servers 0", "--servers is '0'; it must be a number from 1 to 20.")]
    [InlineData("--servers 21", "--servers is '21'; it must be a number from 1 to 20.")]
    [InlineData("--servers -1", "--servers is '-1'; it must be a number from 1 to 20.")]
    [InlineData("--port http", "--port is 'http'; it must be a number from 1 to 65535.")]
    [InlineData("--port 0", "--port is '0'; it must be a number from 1 to 65535.")]
    [InlineData("--port 5001,", "--port is ''; it must be a number from 1 to 65535.")]
    [InlineData("--port 65535", "2 servers from port 65535 on would need port 65536; the last one is 65535.")]
    [InlineData("--port 5001,5001", "--port names the same port twice.")]
    [InlineData(
        "--port 5001,5002 --servers 3",
        "--servers 3 and --port with 2 ports do not agree; give one of them, or only the first port.")]
    [InlineData("--redis=", "--redis is empty.")]
    [InlineData("--redis localhost --embedded", "--redis and --embedded name two different servers; give one of them.")]
    [InlineData("--app {x}", "--app is '{x}'; it names a Redis channel: up to 64 characters, no spaces, no braces.")]
    [InlineData("--verbose=yes", "--verbose takes no value.")]
    [InlineData("5001", "'5001' is not an option of the chat.")]
    public void Arguments_ThatCannotBe_AreRefusedInASentence(string arguments, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<UsageException>(() => Parse(arguments)).Message);

    [Theory]
    [InlineData("--help")]
    [InlineData("-h --servers")]
    [InlineData("--verbose -?")]
    public void Help_WinsOverTheRest(string arguments) => Assert.True(Parse(arguments).Help);

    private static ChatOptions Parse(string arguments) => ChatOptions.Parse(arguments.Split(' '));
}
