using System.Security.Cryptography;
using System.Text;

namespace RedisBackplane.Tests.Wire;

public sealed class FrameAuthenticatorTests
{
    private const string Unsigned = "it carries no authentication tag";
    private const string WrongKey = "its authentication tag is of none of this server's keys";
    private const string Followed = "something follows its authentication tag, which covers only what is before it";

    private static readonly byte[] First = Key(1);
    private static readonly byte[] Second = Key(2);

    [Fact]
    public void Create_WithoutKeys_IsNone()
    {
        Assert.Null(FrameAuthenticator.Create([], false, "Chat", 0, 0));
        Assert.Null(FrameAuthenticator.Create(null, false, "Chat", 0, 0));
    }

    [Fact]
    public void Sign_AFrame_AddsTheTagThatThePageDescribes()
    {
        var signed = Signed(Create(First));

        byte[] derived, tag;
        using (var scope = new HMACSHA256(First))
        {
            derived = scope.ComputeHash(Encoding.UTF8.GetBytes("RedisBackplane frame tag 1\nChat\n0\n0"));
        }

        using (var hmac = new HMACSHA256(derived))
        {
            tag = hmac.ComputeHash(signed, FrameLayout.Body, signed.Length - FrameLayout.Body - 34);
        }

        Assert.Equal(new byte[] { 2, 32 }.Concat(tag), signed.Skip(signed.Length - 34));
    }

    [Fact]
    public void Accepts_AFrameOfAnyOfItsKeys_Does()
    {
        var rotating = Create(Second, First);

        Assert.Null(Refusal(rotating, Signed(Create(First))));
        Assert.Null(Refusal(rotating, Signed(Create(Second))));
    }

    [Fact]
    public void Sign_WithSeveralKeys_UsesTheFirst()
    {
        Assert.Null(Refusal(Create(Second), Signed(Create(Second, First))));
        Assert.Equal(WrongKey, Refusal(Create(First), Signed(Create(Second, First))));
    }

    [Theory]
    [InlineData(false, Unsigned)]
    [InlineData(true, null)]
    public void Accepts_AFrameWithoutATag_OnlyWhereItIsTold(bool acceptsUnsigned, string? reason) =>
        Assert.Equal(reason, Refusal(FrameAuthenticator.Create([First], acceptsUnsigned, "Chat", 0, 0)!, Frames.Bytes(0, 1)));

    [Fact]
    public void Accepts_AWrongTag_NeverDoes()
    {
        var lenient = FrameAuthenticator.Create([First], true, "Chat", 0, 0)!;

        Assert.Equal(WrongKey, Refusal(lenient, Signed(Create(Second))));
        Assert.Equal(WrongKey, Refusal(lenient, [.. Frames.Bytes(0, 1), 2, 0]));
        Assert.Equal(WrongKey, Refusal(lenient, [.. Frames.Bytes(0, 1), 2, 31, .. new byte[31]]));
    }

    [Fact]
    public void Accepts_OtherIds_Does()
    {
        var bytes = Signed(Create(First));
        Frames.Bytes(41, 42).AsSpan(0, FrameLayout.Body).CopyTo(bytes);

        Assert.Null(Refusal(Create(First), bytes));
    }

    [Fact]
    public void Accepts_AnyOtherByteChanged_NeverDoes()
    {
        var bytes = Signed(Create(First));
        for (var i = FrameLayout.Body; i < bytes.Length; i++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                bytes[i] ^= (byte)(1 << bit);
                Assert.True(!Frame.TryRead(bytes, out var frame, out _) || !Create(First).Accepts(frame, out _), $"bit {bit} of byte {i}");
                bytes[i] ^= (byte)(1 << bit);
            }
        }
    }

    [Theory]
    [InlineData("Chat2", 0, 0)]
    [InlineData("Chat", 1, 0)]
    [InlineData("Chat", 0, 1)]
    public void Accepts_AFrameOfAnotherPlaceWithTheSameKey_DoesNot(string appName, int database, int stream) =>
        Assert.Equal(WrongKey, Refusal(Create(First), Signed(FrameAuthenticator.Create([First], false, appName, database, stream)!)));

    [Fact]
    public void Accepts_AnExtensionBehindTheTag_DoesNot() =>
        Assert.Equal(Followed, Refusal(Create(First), [.. Signed(Create(First)), 1, 0]));

    [Fact]
    public void Accepts_AnExtensionBeforeTheTagChanged_DoesNot()
    {
        var bytes = Signed(Create(First), traced: true);
        Assert.Null(Refusal(Create(First), bytes));

        bytes[bytes.Length - 35] ^= 1;

        Assert.Equal(WrongKey, Refusal(Create(First), bytes));
    }

    [Fact]
    public async Task Accepts_OnManyThreads_Does()
    {
        var authenticator = Create(Second, First);
        var bytes = Signed(Create(First));

        var refusals = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            () => Enumerable.Range(0, 1000).Count(_ => Refusal(authenticator, bytes) is not null)))).Bounded();

        Assert.All(refusals, refused => Assert.Equal(0, refused));
    }

    [Theory]
    [InlineData(new byte[] { 1, 2 }, new byte[] { 1, 2 }, true)]
    [InlineData(new byte[] { 1, 2 }, new byte[] { 1, 3 }, false)]
    [InlineData(new byte[] { 1, 2 }, new byte[] { 1 }, false)]
    public void AreEqual_OfTwoTags_ComparesThem(byte[] left, byte[] right, bool areEqual) =>
        Assert.Equal(areEqual, HmacKey.AreEqual(left, right));

#if NET
    [Fact]
    public void Accepts_AFrame_AllocatesNothing()
    {
        var authenticator = Create(Second, First);
        var frame = Frames.Read(Signed(Create(First)));
        Assert.True(authenticator.Accepts(frame, out _));

        var allocated = Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                authenticator.Accepts(frame, out _);
            }
        });

        Assert.InRange(allocated, 0, 1000);
    }
#endif

    private static byte[] Key(byte seed) => [.. Enumerable.Range(0, 32).Select(i => (byte)(i * seed))];

    private static FrameAuthenticator Create(params byte[][] keys) => FrameAuthenticator.Create(keys, false, "Chat", 0, 0)!;

    private static string? Refusal(FrameAuthenticator authenticator, byte[] bytes) =>
        authenticator.Accepts(Frames.Read(bytes), out var reason) ? null : reason;

    private static byte[] Signed(FrameAuthenticator authenticator, bool traced = false)
    {
        var writer = Frames.Write(Messages.Create(), Messages.Create("another", "other"));
        writer.Complete(Frames.Publisher, 7, 1);
        if (traced)
        {
            writer.AppendExtension(FrameExtension.TraceContext, 3).Fill(7);
        }

        authenticator.Sign(writer);
        return writer.ToFrame(0, 1);
    }
}
