using Newtonsoft.Json;
using RedisBackplane.Tool.Sending;

namespace RedisBackplane.Tool.Tests.Sending;

public sealed class SendCommandTests
{
    [Theory]
    [InlineData("17", "17")]
    [InlineData(" { \"a\" :\n [1.50, null] } ", "{\"a\":[1.50,null]}")]
    [InlineData("\"ü\"", "\"ü\"")]
    [InlineData("\"2024-05-01T10:00:00.000+02:00\"", "\"2024-05-01T10:00:00.000+02:00\"")]
    [InlineData("hello", "\"hello\"")]
    [InlineData("0123", "\"0123\"")]
    [InlineData("0x1F", "\"0x1F\"")]
    [InlineData("undefined", "\"undefined\"")]
    [InlineData("new Date(0)", "\"new Date(0)\"")]
    [InlineData("", "\"\"")]
    [InlineData("\"\\ud800\"", "\"\\\"\\\\ud800\\\"\"")]
    public void ReadArgument_JsonOrNot_IsSentAsItIsOrAsAString(string argument, string sent) =>
        Assert.Equal(sent, SendCommand.ReadArgument(argument).ToString(Formatting.None));
}
