using System.Text;
using RedisBackplane.Tool.Messages;

namespace RedisBackplane.Tool.Tests.Messages;

public sealed class MessageTextTests
{
    [Theory]
    [InlineData("""{"H":"ChatHub","M":"say","A":["Ann",1,{"b":true}]}""", """ChatHub.say("Ann", 1, {"b":true})""")]
    [InlineData("""{"H":"ChatHub","M":"clear","A":[]}""", "ChatHub.clear()")]
    [InlineData("""{"H":"ChatHub","M":"say","A":5}""", """{"H":"ChatHub","M":"say","A":5}""")]
    [InlineData("""{"H":1,"M":2,"A":[]}""", """{"H":1,"M":2,"A":[]}""")]
    [InlineData("\"plain\"", "\"plain\"")]
    [InlineData("no JSON\r\nat all", "no JSON··at all")]
    [InlineData("", "")]
    public void Describe_AValue_SaysTheCallOrTheText(string value, string expected) =>
        Assert.Equal(expected, MessageText.Describe(Encoding.UTF8.GetBytes(value)));

    [Fact]
    public void Describe_BytesThatAreNoText_DoesNotThrow() => Assert.NotEmpty(MessageText.Describe([0xFF, 0xFE, 0x00, 0x1B]));
}
