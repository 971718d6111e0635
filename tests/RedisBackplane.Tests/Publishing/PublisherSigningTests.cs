namespace RedisBackplane.Tests.Publishing;

/// <summary>A publisher of a farm that has keys.</summary>
public sealed class PublisherSigningTests : IDisposable
{
    private static readonly FrameAuthenticator Authenticator =
        FrameAuthenticator.Create([[.. Enumerable.Range(0, 32).Select(i => (byte)i)]], false, "Chat", 0, 0)!;

    private readonly PublisherHarness _harness = new(authenticator: Authenticator);

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task Publish_WithKeys_SendsFramesThatAreAuthentic()
    {
        _harness.Sender.Answer = call => new BatchReply(BatchOutcome.Stored, 10 * call.Number);

        await Task.WhenAll(_harness.PublishMany(1, 5)).Bounded();

        Assert.NotEmpty(_harness.Calls);
        Assert.All(_harness.Calls, AssertAuthentic);
        _harness.AssertIdle();
    }

    [Fact]
    public async Task Publish_AfterAFailure_SendsTheSameBytes()
    {
        var publish = _harness.Publish("1");
        _harness.Calls[0].Fail();

        _harness.PassRetry();
        Assert.Equal(2, _harness.Calls.Count);
        Assert.Equal(_harness.Calls[0].Bytes, _harness.Sender.Last.Bytes);
        AssertAuthentic(_harness.Sender.Last);
        _harness.Sender.Last.Stored(1);
        await publish.Bounded();

        _harness.AssertIdle();
    }

    [Fact]
    public void Forgotten_SendsTheSameBytesAgain()
    {
        _harness.Store("1");

        _harness.Publish("2");
        _harness.Forget();

        Assert.Equal([1ul, 2ul], _harness.UnansweredNumbers);
        Assert.Equal(_harness.Calls.Take(2).Select(call => call.Bytes), _harness.Sender.Unanswered.Select(call => call.Bytes));
        Assert.All(_harness.Sender.Unanswered, AssertAuthentic);
    }

    private static void AssertAuthentic(SendCall call)
    {
        Assert.True(Authenticator.Accepts(Frames.OfBody(call.Bytes), out var reason), reason);
    }
}
