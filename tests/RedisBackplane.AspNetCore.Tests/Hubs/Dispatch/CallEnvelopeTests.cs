using RedisBackplane.AspNetCore.Hubs.Dispatch;

namespace RedisBackplane.AspNetCore.Tests.Hubs.Dispatch;

public sealed class CallEnvelopeTests
{
    [Theory]
    // The JavaScript client, the .NET client, and both with a state that is empty.
    [InlineData("""{"H":"chat","M":"Send","A":["a",1,{"x":1.5}],"I":5}""", "5", 3)]
    [InlineData("""{"I":"5","H":"chat","M":"Send","A":[]}""", "5", 0)]
    [InlineData("""{"H":"chat","M":"Send","A":[null],"I":0,"S":{}}""", "0", 1)]
    [InlineData(""" { "H" : "chat" , "M" : "Send" , "A" : [ [ ] ] , "I" : "a b" } """, "a b", 1)]
    [InlineData("""{"H":"chat","M":"Send","I":-7}""", "-7", 0)]
    public void TryRead_WhatClientLibrariesSend_ReadsIt(string json, string id, int arguments)
    {
        var bytes = Encoding.UTF8.GetBytes(json);

        Assert.True(CallEnvelope.TryRead(bytes, out var call));
        Assert.Equal("chat", Encoding.UTF8.GetString(bytes[call.Hub]));
        Assert.Equal("Send", Encoding.UTF8.GetString(bytes[call.Method]));
        Assert.Equal(id, call.Id);
        Assert.Equal(arguments, call.ArgumentCount);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"H":"chat","M":"Send","A":[],"I":5""")]
    [InlineData("""{"H":"chat","M":"Send","A":[],"I":5}x""")]
    [InlineData("""{"H":"chat","M":"Send","A":[],"I":5,}""")]
    [InlineData("""{'H':'chat','M':'Send','A':[],'I':5}""")]
    [InlineData("""{"h":"chat","m":"Send","a":[],"i":5}""")]
    [InlineData("""{"H":"chat","M":"Send","A":[]}""")]
    [InlineData("""{"H":"chat","M":"Send","A":[],"I":null}""")]
    [InlineData("""{"H":"chat","M":"Send","A":[],"I":1.5}""")]
    [InlineData("""{"H":"chat","M":"Send","A":[],"I":05}""")]
    [InlineData("""{"H":"chat","M":"Send","A":[],"I":5,"I":6}""")]
    [InlineData("""{"H":"chat","M":"Send","A":[],"I":5,"S":{"a":1}}""")]
    [InlineData("""{"H":"chat","M":"Send","A":[],"I":5,"X":1}""")]
    [InlineData("""{"H":"ch\u0061t","M":"Send","A":[],"I":5}""")]
    [InlineData("""{"H":"chat","M":"Send","A":[/* */],"I":5}""")]
    public void TryRead_WhatOnlySignalRReads_LeavesIt(string json) =>
        Assert.False(CallEnvelope.TryRead(Encoding.UTF8.GetBytes(json), out _));

    [Theory]
    [InlineData("\"text\"", nameof(ArgumentKind.Text))]
    [InlineData("\"a\\n\"", nameof(ArgumentKind.Text))]
    [InlineData("\"2020\"", nameof(ArgumentKind.Text))]
    [InlineData("5", nameof(ArgumentKind.Integer))]
    [InlineData("1.5", nameof(ArgumentKind.Value))]
    [InlineData("{\"a\":[1,2.5,\"x\"]}", nameof(ArgumentKind.Value))]
    [InlineData("1.50", nameof(ArgumentKind.Rewritten))]
    [InlineData("1e3", nameof(ArgumentKind.Rewritten))]
    [InlineData("-0", nameof(ArgumentKind.Rewritten))]
    [InlineData("12345678901234567890", nameof(ArgumentKind.Rewritten))]
    [InlineData("\"2020-01-02T03:04:05Z\"", nameof(ArgumentKind.Rewritten))]
    [InlineData("\"/Date(1)/\"", nameof(ArgumentKind.Rewritten))]
    [InlineData("\"\\u0041\"", nameof(ArgumentKind.Rewritten))]
    [InlineData("[{\"a\":1.50}]", nameof(ArgumentKind.Rewritten))]
    public void Argument_ByItsText_IsHandedOnAsItCameOrRewritten(string argument, string kind)
    {
        Assert.True(CallEnvelope.TryRead(Encoding.UTF8.GetBytes($$"""{"H":"h","M":"m","A":[{{argument}}],"I":1}"""), out var call));

        Assert.Equal(kind, call.Arguments[0].Kind.ToString());
    }
}
