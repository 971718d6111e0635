using global::Chat;
using Microsoft.AspNet.SignalR;

namespace RedisBackplane.BrowserTests.Chat;

public sealed class ChatTextTests
{
    [Theory]
    [InlineData(" Ada ", "Ada")]
    [InlineData("<b>Eve</b>", "<b>Eve</b>")]
    [InlineData("👩\u200d💻", "👩\u200d💻")]
    [InlineData("نام\u200cخانوادگی", "نام\u200cخانوادگی")]
    public void Line_ThatCanBeSeen_IsTakenWithoutTheSpacesAroundIt(string text, string expected) =>
        Assert.Equal(expected, ChatText.Line("A name", text, 20));

    [Theory]
    [InlineData(null)]
    [InlineData(" ")]
    [InlineData("123456789012345678901")]
    [InlineData("two\nlines")]
    [InlineData("two\u2028lines")]
    [InlineData("\u001b[31m")]
    [InlineData("\u202enwod edispu")]
    [InlineData("\u200d\u200c")]
    [InlineData("\u3164\ufeff")]
    public void Line_ThatIsNone_IsRefusedInASentence(string? text) => Assert.Equal(
        "A name has 1 to 20 characters, on one line.",
        Assert.Throws<HubException>(() => ChatText.Line("A name", text, 20)).Message);
}
