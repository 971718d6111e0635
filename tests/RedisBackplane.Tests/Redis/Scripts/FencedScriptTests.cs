namespace RedisBackplane.Tests.Redis.Scripts;

/// <summary>A script's text goes only to a Redis just recognised. A call by hash proves it is the same Redis.</summary>
public sealed class FencedScriptTests : MockedRedisTest
{
    private const string Text = "return 1";

    private readonly FencedScript _script = new(Text);

    /// <summary>The answer of another call: two messages of a channel, or two nested arrays.</summary>
    [Fact]
    public void IsRefusal_AnswerOfAnotherCall_IsFalse()
    {
        Assert.False(FencedScript.IsRefusal(RedisResult.Create([(RedisValue)"message", "Chat"])));
        var nested = RedisResult.Create([(RedisValue)1, 2]);
        Assert.False(FencedScript.IsRefusal(RedisResult.Create([nested, nested])));
        Assert.True(FencedScript.IsRefusal(FencedScript.Refusal));
    }

    [Fact]
    public void In_EachEpoch_HasATextOfItsOwn()
    {
        Assert.Equal(Text, _script.In(Epoch.None).Text);
        Assert.Equal("return 1\n--run:1", _script.In(new Epoch("run:1", true)).Text);
        Assert.Equal("return 1\n--run:2", _script.In(new Epoch("run:2", true)).Text);
    }

    [Theory]
    [InlineData(true, "1", "0")]
    [InlineData(false, "1", "1")]
    public async Task EvaluateAsync_FirstAndLater_ProvesWhereItIsAsOftenAsTheHashDoesNot(bool keepsScripts, params string[] unproven)
    {
        var epoch = new Epoch("run:1", keepsScripts);
        var calls = Redis.OnScript(_script.In(epoch).Text, _ => Reply(1));

        await Call(epoch);
        Redis.Connection.OnMoved();
        await Call(epoch);

        Assert.Equal([false, true], calls.Select(call => call.IsByHash));
        Assert.Equal(unproven, calls.Select(call => (string?)call.Unproven));
    }

    [Fact]
    public async Task EvaluateAsync_RedisThatDoesNotKnowTheHash_IsNotSentTheTextBeforeItWasRecognised()
    {
        var (epoch, isAnother) = (new Epoch("run:1", true), false);
        var calls = Redis.OnScript(
            _script.In(epoch).Text,
            call => call.IsByHash && isAnother ? throw MockedRedis.Error("NOSCRIPT No matching script.") : Reply(1));
        await Call(epoch);

        isAnother = true;
        Assert.True(FencedScript.IsRefusal(await Call(epoch)));
        Assert.True(FencedScript.IsRefusal(await Call(epoch)));
        Assert.Equal([false, true], calls.Select(call => call.IsByHash));

        // Recognised, and it was the same: it had been asked to forget its scripts.
        Assert.False(FencedScript.IsRefusal(await Call(new Epoch("run:1", true))));
        Assert.Equal([false, true, false], calls.Select(call => call.IsByHash));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EvaluateAsync_Refused_CallsNothingBeforeTheNextRecognition(bool byItsHash)
    {
        var (epoch, isOver) = (new Epoch("run:1", true), false);
        var calls = Redis.OnScript(_script.In(epoch).Text, _ => Reply(isOver ? 4 : 1));
        if (byItsHash)
        {
            await Call(epoch);
        }

        isOver = true;
        Assert.True(FencedScript.IsRefusal(await Call(epoch)));
        Assert.True(FencedScript.IsRefusal(await Call(epoch)));

        Assert.Equal(byItsHash ? [false, true] : [false], calls.Select(call => call.IsByHash));
    }

    private static RedisResult Reply(int outcome) => RedisResult.Create([(RedisValue)outcome, 0]);

    private Task<RedisResult> Call(Epoch epoch) => Redis.Slot.EvaluateAsync(_script.In(epoch), [], [0], 0).AsTask();
}
