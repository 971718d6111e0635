namespace RedisBackplane.Tests.Receiving;

public sealed class SequencerTests
{
    /// <summary>Compares every small case with the definition: which ids are new, and which are missing.</summary>
    [Fact]
    public void Judge_EverySmallCase_IsWhatTheWordsMean()
    {
        var seen = new HashSet<Verdict>();
        for (var last = 0; last <= 7; last++)
        {
            for (var first = 1; first <= 10; first++)
            {
                for (var previous = 0; previous < first; previous++)
                {
                    for (var count = 1; count <= 4; count++)
                    {
                        var sequencer = new Sequencer();
                        sequencer.Advance((ulong)last);

                        var verdict = sequencer.Judge(Frames.Header((ulong)previous, (ulong)first, count));

                        var expected = Expected(last, previous, first, count);
                        Assert.True(
                            expected == verdict,
                            $"last {last}, previous {previous}, first {first}, count {count}: {verdict}, not {expected}");
                        Assert.Equal((ulong)last, sequencer.LastId);
                        seen.Add(verdict);
                    }
                }
            }
        }

        Assert.Equal(4, seen.Count);
    }

    [Fact]
    public void Judge_TheGreatestIds_DoesNotOverflow()
    {
        var sequencer = new Sequencer();
        sequencer.Advance(ulong.MaxValue - 2);

        Assert.Equal(Verdict.Deliver, sequencer.Judge(Frames.Header(ulong.MaxValue - 2, ulong.MaxValue - 1)));
        Assert.Equal(Verdict.Duplicate, sequencer.Judge(Frames.Header(1, ulong.MaxValue - 3, 2)));
    }

    [Theory]
    [InlineData(1, "Gap")]
    [InlineData(1_048_575, "Gap")]
    [InlineData(1_048_576, "Jump")]
    public void Judge_FrameOfTheOlderPackage_IsAJumpOnlyFromTheLeastLeapOfTheScriptOn(ulong missing, string expected)
    {
        var sequencer = new Sequencer();
        sequencer.Advance(10);

        var verdict = sequencer.Judge(Frames.Header(10 + missing, 11 + missing) with { IsAnonymous = true });

        Assert.Equal(expected, verdict.ToString());
        Assert.Contains($"+ {Sequencer.LeastLeapOfAnonymous}", PublishLegacyScript.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Advance_BelowTheLastId_ChangesNothing()
    {
        var sequencer = new Sequencer();
        sequencer.Advance(10);

        sequencer.Advance(9);

        Assert.Equal(10ul, sequencer.LastId);
    }

    private static Verdict Expected(int last, int previous, int first, int count)
    {
        var ids = Enumerable.Range(first, count).ToList();
        var fresh = ids.Where(id => id > last).ToList();
        var missing = Enumerable.Range(last + 1, Math.Max(0, previous - last));
        if (fresh.Count == 0)
        {
            return Verdict.Duplicate;
        }

        if (missing.Any())
        {
            return Verdict.Gap;
        }

        return ids[0] == last + 1 ? Verdict.Deliver : Verdict.Jump;
    }
}
