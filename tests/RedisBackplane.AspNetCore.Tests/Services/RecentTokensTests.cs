using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using RedisBackplane.AspNetCore.Services;

namespace RedisBackplane.AspNetCore.Tests.Services;

/// <summary>A connection's later requests do not decrypt the token that its first one got.</summary>
public sealed class RecentTokensTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Find_TokenOfAMomentAgo_IsWhatItSays()
    {
        var tokens = new RecentTokens(_time);
        tokens.Add("token", "data");

        Assert.Equal("data", tokens.Find("token"));
        Assert.Null(tokens.Find("Token"));
        Assert.Null(tokens.Find("other"));
    }

    [Fact]
    public void Find_OldToken_IsNotKnown()
    {
        var tokens = new RecentTokens(_time);
        tokens.Add("token", "data");

        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.Null(tokens.Find("token"));
    }

    [Fact]
    public void Find_ManyTokens_KeepsSomeAndMixesNone()
    {
        var tokens = new RecentTokens(_time);
        for (var i = 0; i < 10_000; i++)
        {
            tokens.Add($"token{i}", $"data{i}");
        }

        Assert.Equal("data9999", tokens.Find("token9999"));
        var found = Enumerable.Range(0, 10_000).Select(i => (Number: i, Data: tokens.Find($"token{i}")))
            .Where(pair => pair.Data is not null);
        Assert.All(found, pair => Assert.Equal($"data{pair.Number}", pair.Data));
    }

    [Fact]
    public void Unprotect_OwnConnectionToken_DecryptsNothingButWhatOthersMade()
    {
        var protectors = new CountingProtectors();
        var (own, other) = (Tokens(protectors), Tokens(protectors));
        var token = own.Protect("data", Purposes.ConnectionToken);
        var groups = own.Protect("data", Purposes.Groups);

        Assert.Equal("data", own.Unprotect(token, Purposes.ConnectionToken));
        Assert.Equal(0, protectors.Decrypted);
        Assert.Equal("data", other.Unprotect(token, Purposes.ConnectionToken));
        Assert.Equal("data", own.Unprotect(groups, Purposes.Groups));
        Assert.Equal(2, protectors.Decrypted);
        Assert.ThrowsAny<Exception>(() => own.Unprotect(token, Purposes.Groups));
        Assert.ThrowsAny<Exception>(() => own.Unprotect(token[..^1], Purposes.ConnectionToken));
    }

    private static DataProtectedTokens Tokens(IDataProtectionProvider provider) => new(
        provider,
        new TokenLengthWatch(
            Options.Create(new KestrelServerOptions()), new GuardedLogger<TokenLengthWatch>(NullLoggerFactory.Instance)));

    private sealed class CountingProtectors : IDataProtectionProvider
    {
        private readonly EphemeralDataProtectionProvider _keys = new();

        public int Decrypted { get; private set; }

        public IDataProtector CreateProtector(string purpose) => new Protector(this, _keys.CreateProtector(purpose));

        private sealed class Protector(CountingProtectors owner, IDataProtector inner) : IDataProtector
        {
            public IDataProtector CreateProtector(string purpose) => new Protector(owner, inner.CreateProtector(purpose));

            public byte[] Protect(byte[] plaintext) => inner.Protect(plaintext);

            public byte[] Unprotect(byte[] protectedData)
            {
                var data = inner.Unprotect(protectedData);
                owner.Decrypted++;
                return data;
            }
        }
    }
}
