namespace RedisBackplane.Tests.Publishing;

/// <summary>
/// Large batches whose calls fail: Redis, or something on the network path, rejects everything above a size, or a call
/// has no answer in time.
/// </summary>
public sealed class PublisherDoubtfulTests : IDisposable
{
    private const int Limit = 50_000;

    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(0.5);

    private readonly PublisherHarness _harness;
    private readonly List<string> _stored = [];
    private ulong _lastNumber;
    private int _cuts;
    private bool _losesAnAnswer;

    public PublisherDoubtfulTests()
        : this(PublisherHarness.Limits)
    {
    }

    private PublisherDoubtfulTests(PublisherLimits limits)
    {
        _harness = new PublisherHarness(limits);
        _harness.Judge = _ => CallFailure.TooLarge;
        _harness.Sender.Answer = Answer;
    }

    public void Dispose() => _harness.Dispose();

    [Fact]
    public void LoneMessage_Refused_FailsWithItsSizeAndTheRestGoesOut()
    {
        var before = Publish("before", 100);
        var large = Publish("large", Limit + 1);
        var after = Publish("after", 100);
        PassRetries();

        Assert.Equal([TaskStatus.RanToCompletion, TaskStatus.RanToCompletion], [before.Status, after.Status]);
        var exception = Assert.IsType<BackplaneException>(large.Exception!.InnerException);
        Assert.Contains("for its size of 500", exception.Message, StringComparison.Ordinal);
        Assert.Contains("proto-max-bulk-len", exception.Message, StringComparison.Ordinal);
        Assert.Contains("cut", exception.Message, StringComparison.Ordinal);
        Assert.Equal(["before", "after"], _stored);
        Assert.Single(_harness.Logger.Of(2007));
        _harness.AssertIdle();
    }

    [Theory]
    [InlineData(6, false)]
    [InlineData(4, true)]
    public void Batch_TooLargeAsAWhole_IsSplitAndGoesOutInOrderAndOnce(int messages, bool losesAnAnswer)
    {
        _losesAnAnswer = losesAnAnswer;
        var publishes = PublishAtOnce(messages, 10_000);
        PassRetries();

        Assert.All(publishes, publish => Assert.Equal(TaskStatus.RanToCompletion, publish.Status));
        Assert.Equal(Enumerable.Range(0, messages).Select(i => $"{i}"), _stored);
        _harness.AssertIdle();
    }

    [Fact]
    public void Batch_IsSplitAndOnePartIsStored_ItsLargeMessageDoesNotWaitForTheOthers()
    {
        _harness.Sender.Answer = call => call.Values is [['1', ..], ..] ? throw new InvalidOperationException("no answer") : Answer(call);
        _harness.Judge = error => error.Message == "cut" ? CallFailure.TooLarge : CallFailure.Other;

        var publishes = PublishAtOnce(3, 20_000);
        for (var i = 0; i < 5; i++)
        {
            _harness.Time.Advance(LongestRest);
        }

        Assert.Equal(["0"], _stored);
        Assert.Equal(TaskStatus.RanToCompletion, publishes[0].Status);
        Assert.All(publishes.Skip(1), publish => Assert.False(publish.IsCompleted));
    }

    [Fact]
    public void Batch_OneMessageIsAtFault_AllOthersGoOutInOrder()
    {
        _harness.Publisher.Close();
        Task[] publishes = [Publish("0", 100), Publish("1", 100), Publish("large", Limit + 1), Publish("3", 100), Publish("4", 100)];
        _harness.Publisher.Open();
        PassRetries();

        Assert.IsType<BackplaneException>(publishes[2].Exception!.InnerException);
        Assert.All(publishes.Where((_, i) => i != 2), publish => Assert.Equal(TaskStatus.RanToCompletion, publish.Status));
        Assert.Equal(["0", "1", "3", "4"], _stored);
        _harness.AssertIdle();
    }

    [Fact]
    public void Batch_SeveralMessagesAreAtFault_EachFailsAloneAndTheOthersAreStored()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            using var test = new PublisherDoubtfulTests();
            test._harness.Publisher.Close();
            var count = random.Next(2, 12);
            int[] sizes = [.. Enumerable.Range(0, count).Select(_ => random.Next(4) == 0 ? Limit + 1 : random.Next(1, 20_000))];
            var publishes = sizes.Select((size, i) => test.Publish(i.ToString(null as IFormatProvider), size)).ToArray();
            test._harness.Publisher.Open();
            test.PassRetries();

            Assert.True(publishes.Select(publish => publish.IsFaulted).SequenceEqual(sizes.Select(size => size > Limit)), $"seed {seed}");
            Assert.True(publishes.All(publish => publish.IsCompleted), $"seed {seed}");
            test._harness.AssertIdle();
        }
    }

    [Fact]
    public void Batch_ThatOnlyCutsTheConnection_IsFoundAfterAFewAttempts()
    {
        _harness.Judge = _ => CallFailure.Cut;
        var publishes = Enumerable.Range(0, 8).Select(i => Publish(i == 3 ? "large" : i.ToString(null as IFormatProvider), i == 3
            ? Limit + 1
            : 20_000)).ToArray();
        PassRetries();

        Assert.Equal(["0", "1", "2", "4", "5", "6", "7"], _stored);
        Assert.IsType<BackplaneException>(publishes[3].Exception!.InnerException);
        Assert.Equal(7, publishes.Count(publish => publish.Status == TaskStatus.RanToCompletion));
        Assert.InRange(_cuts, SizeSuspicion.MostCuts, 12);
        _harness.AssertIdle();
    }

    /// <summary>Each cut is a reconnect, of all streams on the connection.</summary>
    [Fact]
    public void Batch_WithOneMessageThatOnlyCutsTheConnection_IsFoundWithFewCutsForEachHalving()
    {
        const int Count = 32;
        const int Halvings = 5;
        for (var large = 0; large < Count; large++)
        {
            using var test = new PublisherDoubtfulTests(PublisherHarness.Limits with { MaxBatchBytes = 256 * 1024 });
            test._harness.Judge = _ => CallFailure.Cut;
            test._harness.Publisher.Close();
            var publishes = Enumerable.Range(0, Count).Select(i => test.Publish($"{i}", i == large ? Limit + 1 : 1000)).ToArray();
            test._harness.Publisher.Open();
            test.PassRetries();

            Assert.Equal(Enumerable.Range(0, Count).Where(i => i != large).Select(i => $"{i}"), test._stored);
            Assert.Equal([large], Enumerable.Range(0, Count).Where(i => publishes[i].IsFaulted));
            Assert.InRange(test._cuts, SizeSuspicion.MostCuts, 5 + (2 * Halvings) + 2);
            test._harness.AssertIdle();
        }
    }

    [Fact]
    public void Connection_KeepsBeingCutUnderSmallBatches_NoneIsBlamed()
    {
        _harness.Judge = _ => CallFailure.Cut;
        _harness.Sender.Answer = _ => throw new InvalidOperationException("cut");
        var publish = Publish("small", 1000);
        for (var i = 0; i < 7; i++)
        {
            _harness.Time.Advance(LongestRest);
        }

        Assert.False(publish.IsCompleted);
        _harness.Sender.Answer = Answer;
        _harness.Time.Advance(LongestRest);
        Assert.Equal(["small"], _stored);
    }

    [Fact]
    public void Message_AboveMaxMessageBytes_FailsBeforeAnythingIsSent()
    {
        var publish = _harness.Publish(Messages.OfSize(PublisherHarness.Limits.MaxMessageBytes + 1));

        var exception = Assert.IsType<BackplaneException>(publish.Exception!.InnerException);
        Assert.Contains("524289 bytes", exception.Message, StringComparison.Ordinal);
        Assert.Contains("MaxMessageBytes 524288", exception.Message, StringComparison.Ordinal);
        Assert.Empty(_harness.Calls);
        Assert.Equal(1, _harness.Counters.RejectedMessages.Value);
    }

    [Fact]
    public void Reopened_WhileABatchRestsAfterAFailure_WaitsUntilItsRestIsOver()
    {
        _harness.Judge = _ => CallFailure.Cut;
        _harness.Sender.Answer = null;
        Publish("large", Limit + 1);
        for (var cut = 1; cut <= SizeSuspicion.MostCuts; cut++)
        {
            _harness.Sender.Last.Fail();

            // The connection is back at once. After the first failure, that is a reason to send again.
            _harness.Publisher.Close();
            _harness.Publisher.Open();
            Assert.Equal(cut == 1 ? 2 : cut, _harness.Calls.Count);
            _harness.Time.Advance(LongestRest);
            Assert.Equal(cut + 1, _harness.Calls.Count);
        }
    }

    [Fact]
    public void Batches_SeveralInFlightAreTooLarge_EachIsAskedForAndFails()
    {
        _harness.Sender.Answer = null;
        var publishes = new[] { Publish("one", Limit + 1), Publish("two", Limit + 1) };
        Assert.Equal(2, _harness.Calls.Count);
        _harness.Sender.Answer = Answer;
        _harness.Calls[0].Fail();
        _harness.Calls[1].Fail();
        PassRetries();

        Assert.All(publishes, publish => Assert.IsType<BackplaneException>(publish.Exception!.InnerException));
        _harness.AssertIdle();
    }

    /// <summary>The bytes may still be on their way. A second copy would delay its own answer.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void LargeBatch_CallHasNoAnswer_IsAskedForBeforeItIsSentAgain(bool isStored)
    {
        var publish = PublishWithoutAnAnswer("large", 40_000);
        AssertLastIsAQuestion();
        FailLast();
        AssertLastIsAQuestion();
        FailLast();
        AssertLastIsAQuestion();

        _harness.Sender.Last.Reply(isStored ? BatchOutcome.StoredBefore : BatchOutcome.Forgotten);
        if (!isStored)
        {
            Assert.Equal((1, 1ul), (_harness.Sender.Last.Request.Count, _harness.Sender.Last.Request.Number));
            _harness.Sender.Last.Stored();
        }

        Assert.Equal(TaskStatus.RanToCompletion, publish.Status);
        Assert.Equal(isStored ? 4 : 5, _harness.Calls.Count);
        Assert.Null(_harness.Publisher.LastError);
        _harness.AssertIdle();
    }

    [Fact]
    public void LargeBatch_RedisLosesItLater_IsSentAgainWithoutAQuestion()
    {
        _ = PublishWithoutAnAnswer("lost", 40_000);
        _harness.Sender.Last.Reply(BatchOutcome.StoredBefore);
        _harness.Publisher.Verify();
        _harness.Sender.Last.Reply(BatchOutcome.Forgotten);
        _harness.Time.Advance(LongestRest);
        var replay = _harness.Sender.Last;
        Assert.Equal((1, 1ul), (replay.Request.Count, replay.Number));

        _ = Publish("other", 40_000);
        replay.Fail();
        FailLast();

        Assert.Equal((0, 2ul), (_harness.Sender.Last.Request.Count, _harness.Sender.Last.Number));
    }

    [Fact]
    public void SmallBatch_CallHasNoAnswer_IsSentAgainAtOnce()
    {
        _ = PublishWithoutAnAnswer("small", 1000);

        Assert.Equal(1, _harness.Sender.Last.Request.Count);
    }

    /// <summary>The kernel kills a Redis without persistence, because of the memory that it needs.</summary>
    [Fact]
    public void Batch_RedisStoresItAndLosesItsMemoryEachTime_NeverGetsAnotherNumber()
    {
        var received = new Dictionary<string, ulong>();
        _harness.Judge = _ => CallFailure.Cut;
        _ = Publish("before", 100);
        var kills = 0;
        _harness.Sender.Answer = call =>
        {
            foreach (var value in call.Values)
            {
                Assert.Equal(call.Number, received.TryGetValue(value[..1], out var known) ? known : received[value[..1]] = call.Number);
            }

            if (call.Request.Frame.Length > 20_000 && kills++ < 8)
            {
                _lastNumber = 0;
                throw new InvalidOperationException("cut");
            }

            return Answer(call);
        };

        var publishes = PublishAtOnce(4, 10_000);
        PassRetries();

        Assert.All(publishes, publish => Assert.Equal(TaskStatus.RanToCompletion, publish.Status));
        Assert.InRange(kills, 8, 20);
    }

    /// <summary>The client library gives up the wait for the call, and the rest after it passes.</summary>
    private Task PublishWithoutAnAnswer(string value, int size)
    {
        _harness.Judge = _ => CallFailure.Unanswered;
        _harness.Sender.Answer = null;
        var publish = Publish(value, size);
        FailLast();
        return publish;
    }

    private void AssertLastIsAQuestion() =>
        Assert.Equal((0, 1ul), (_harness.Sender.Last.Request.Count, _harness.Sender.Last.Request.Number));

    private void FailLast()
    {
        _harness.Sender.Last.Fail();
        _harness.Time.Advance(LongestRest);
    }

    private Task Publish(string value, int size) =>
        _harness.Publish(new Message("source", "key", value.PadRight(size, '.')));

    private Task[] PublishAtOnce(int count, int size)
    {
        _harness.Publisher.Close();
        Task[] publishes = [.. Enumerable.Range(0, count).Select(i => Publish(i.ToString(null as IFormatProvider), size))];
        _harness.Publisher.Open();
        return publishes;
    }

    private void PassRetries()
    {
        for (var i = 0; i < 60; i++)
        {
            _harness.Time.Advance(LongestRest);
            if (_harness.Publisher.WhenDrained().IsCompleted)
            {
                return;
            }
        }
    }

    private BatchReply Answer(SendCall call)
    {
        var request = call.Request;
        if (request.Count == 0)
        {
            return _lastNumber < request.Claim ? new(BatchOutcome.Forgotten, _lastNumber) : new(BatchOutcome.StoredBefore, 0);
        }

        if (request.Frame.Length > Limit)
        {
            _cuts++;
            throw new InvalidOperationException("cut");
        }

        if (request.Number <= _lastNumber)
        {
            return new(BatchOutcome.StoredBefore, 0);
        }

        if (request.Number != _lastNumber + 1 && request.Number != request.Oldest)
        {
            return new(BatchOutcome.OutOfTurn, _lastNumber);
        }

        _lastNumber = request.Number;
        _stored.AddRange(call.Values.Select(value => value.TrimEnd('.')));
        if (_losesAnAnswer)
        {
            _losesAnAnswer = false;
            throw new InvalidOperationException("cut");
        }

        return new(BatchOutcome.Stored, (ulong)_stored.Count);
    }
}
