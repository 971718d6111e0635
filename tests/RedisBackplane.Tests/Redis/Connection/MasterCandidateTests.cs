using System.Net;

namespace RedisBackplane.Tests.Redis.Connection;

public sealed class MasterCandidateTests
{
    private static readonly MasterCandidate Old = Master(1, "aaa");
    private static readonly MasterCandidate Next = Master(2, "bbb", "aaa");
    private static readonly MasterCandidate Stranger = Master(3, "ccc");

    [Fact]
    public void From_InfoOfAMaster_ReadsWhoItIsAndFromWhomItTookOver()
    {
        var info = "# Replication\r\nrole:master\r\nconnected_slaves:0\r\nmaster_replid:1f2e\r\nmaster_replid2:77aa\r\n";

        var server = MasterCandidate.From(Old.EndPoint, info);

        Assert.Equal(new MasterCandidate(Old.EndPoint, true, "1f2e", "77aa", 0), server);
    }

    [Theory]
    [InlineData("role:slave\r\nmaster_replid:1f2e\r\nmaster_replid2:0000000000", false, "1f2e")]
    [InlineData("role:master", true, "")]
    [InlineData("", false, "")]
    public void From_LessThanThat_ReadsWhatThereIs(string info, bool isMaster, string replication) =>
        Assert.Equal(new MasterCandidate(Old.EndPoint, isMaster, replication, string.Empty, 0), MasterCandidate.From(Old.EndPoint, info));

    // An id is 40 random hexadecimal digits; one in eight begins or ends with a zero.
    [Theory]
    [InlineData("1f2e")]
    [InlineData("01f2")]
    [InlineData("1f20")]
    [InlineData("0000000000000000000000000000000000000100")]
    public void Succeeds_InfoOfTheServerThatTookOver_IsTrueForEveryId(string replication)
    {
        var old = MasterCandidate.From(Old.EndPoint, $"role:master\r\nmaster_replid:{replication}\r\nmaster_replid2:0000\r\n");
        var next = MasterCandidate.From(Next.EndPoint, $"role:master\r\nmaster_replid:77aa\r\nmaster_replid2:{replication}\r\n");

        Assert.True(next.Succeeds(old));
        Assert.False(old.Succeeds(next));
        Assert.Same(next, MasterCandidate.Leave(old, [old, next]));
    }

    [Fact]
    public void Choose_OneTookOverFromTheOther_IsThatOneWhateverTheOrder()
    {
        Assert.Same(Next, MasterCandidate.Choose([Old, Next]));
        Assert.Same(Next, MasterCandidate.Choose([Next, Old]));
    }

    [Fact]
    public void Choose_Strangers_IsTheOneThatTheFarmRecognisedLastOrElseTheFirst()
    {
        Assert.Same(Old, MasterCandidate.Choose([Old, Stranger]));
        Assert.Same(Stranger, MasterCandidate.Choose([Stranger, Old]));
        var known = Stranger with { RecognizedAt = 7 };
        Assert.Same(known, MasterCandidate.Choose([Old with { RecognizedAt = 5 }, known]));
    }

    [Fact]
    public void Choose_NoMaster_IsNone()
    {
        Assert.Null(MasterCandidate.Choose([]));
        Assert.Null(MasterCandidate.Choose([Old with { IsMaster = false }]));
    }

    [Fact]
    public void Leave_SuccessorIsThere_GoesThereAlsoIfTheOldOneDoesNotAnswer()
    {
        Assert.Same(Next, MasterCandidate.Leave(Old, [Old, Next]));
        Assert.Same(Next, MasterCandidate.Leave(Old, [Next]));
    }

    [Fact]
    public void Leave_OldMasterIsBack_Stays() => Assert.Null(MasterCandidate.Leave(Next, [Old, Next]));

    [Fact]
    public void Leave_OneThatDoesNotAnswerBesideAStranger_Stays() => Assert.Null(MasterCandidate.Leave(Old, [Stranger]));

    [Fact]
    public void Leave_OldMasterBackEmpty_Stays()
    {
        var empty = Old with { Replication = "fff" };

        Assert.Null(MasterCandidate.Leave(Next, [empty, Next with { RecognizedAt = 9 }]));
    }

    [Fact]
    public void Leave_TheServerIsAReplicaNow_GoesToTheMaster() =>
        Assert.Same(Stranger, MasterCandidate.Leave(Old, [Old with { IsMaster = false }, Stranger]));

    private static MasterCandidate Master(int port, string replication, string former = "") =>
        new(new IPEndPoint(IPAddress.Loopback, port), true, replication, former, 0);
}
