namespace RedisBackplane.Tests.Redis.Scripts;

/// <summary>A script that is called by its hash if the server has it.</summary>
public sealed class FrequentScriptTests : MockedRedisTest
{
    private readonly FrequentScript _script = new(PublishScript.Text);

    [Fact]
    public void Hash_IsTheNameThatRedisGivesTheScript() =>
        Assert.Equal(
            "e0e1f9fabfc9d4800c877a703b823ac0578ff8db",
            string.Concat(new FrequentScript("return 1").Hash.Select(part => part.ToString("x2", null as IFormatProvider))));

    [Fact]
    public async Task EvaluateAsync_Again_CallsItByItsHash()
    {
        var calls = Redis.OnScript(PublishScript.Text, _ => One);

        await Call(3);

        Assert.Equal([false, true, true], calls.Select(call => call.IsByHash));
    }

    [Fact]
    public async Task EvaluateAsync_TheFirstCallFailed_SendsItsTextAgain()
    {
        var fails = true;
        var calls = Redis.OnScript(PublishScript.Text, _ => fails ? throw MockedRedis.Error("OOM") : One);
        await Assert.ThrowsAsync<RedisServerException>(() => Call(1));

        fails = false;
        await Call(1);

        Assert.Equal([false, false], calls.Select(call => call.IsByHash));
    }

    [Fact]
    public async Task EvaluateAsync_TheConnectionChanged_SendsItsText()
    {
        var calls = Redis.OnScript(PublishScript.Text, _ => One);
        await Call(2);

        Redis.Connection.OnMoved();
        await Call(2);

        Assert.Equal([false, true, false, true], calls.Select(call => call.IsByHash));
    }

    [Fact]
    public async Task EvaluateAsync_TheServerForgotIt_SendsItsTextAndThenTheHashAgain()
    {
        var isKnown = true;
        var calls = Redis.OnScript(
            PublishScript.Text,
            call => call.IsByHash && !isKnown ? throw MockedRedis.Error("NOSCRIPT No matching script. Please use EVAL.") : One);
        await Call(2);

        isKnown = false;
        await Call(1);
        isKnown = true;
        await Call(1);

        Assert.Equal([false, true, true, false, true], calls.Select(call => call.IsByHash));
    }

    [Theory]
    [InlineData("NOPERM User bus has no permissions to run the 'evalsha' command")]
    [InlineData("ERR unknown command 'EVALSHA', with args beginning with: ")]
    public async Task EvaluateAsync_TheHashIsRefused_SendsItsTextFromThenOn(string error)
    {
        var calls = Redis.OnScript(PublishScript.Text, call => call.IsByHash ? throw MockedRedis.Error(error) : One);

        await Call(4);

        Assert.Equal([false, true, false, false, false], calls.Select(call => call.IsByHash));
    }

    [Fact]
    public async Task EvaluateAsync_TheClientHasTheCommandDisabled_SendsItsTextFromThenOn()
    {
        var calls = Redis.OnScript(
            PublishScript.Text, call => call.IsByHash ? throw new RedisCommandException("disabled: EVALSHA") : One);

        await Call(3);

        Assert.Equal([false, true, false, false], calls.Select(call => call.IsByHash));
    }

    [Theory]
    [InlineData("OOM command not allowed when used memory > 'maxmemory'.")]
    [InlineData("NOPERM User bus has no permissions to run the 'xadd' command")]
    [InlineData(
        "Key has MOVED to Endpoint 127.0.0.1:7001 and hashslot 866 but CommandFlags.NoRedirect was specified - "
        + "redirect not followed for EVALSHA. ")]
    public async Task EvaluateAsync_AnyOtherError_IsNotTriedByItsText(string error)
    {
        var calls = Redis.OnScript(PublishScript.Text, call => call.IsByHash ? throw MockedRedis.Error(error) : One);
        await Call(1);

        await Assert.ThrowsAnyAsync<Exception>(() => Call(1));

        Assert.Equal([false, true], calls.Select(call => call.IsByHash));
    }

    private static RedisResult One => RedisResult.Create((RedisValue)1);

    private async Task Call(int times)
    {
        for (var i = 0; i < times; i++)
        {
            await Redis.Slot.EvaluateAsync(_script, [], [0], 0);
        }
    }
}
