using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNet.SignalR;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// The user of the current request, for connection tokens. It is identified by the user id, so that two users without a
/// name are distinguished. It is computed only when a token is written or read.
/// </summary>
internal sealed class RequestUser(IDependencyResolver resolver, IRequest request)
{
    private const string SubjectPrefix = "subject ";

    private static readonly AsyncLocal<RequestUser?> Ambient = new();

    // Many applications have connections without a user.
    private static readonly string Nobody = Compute(SubjectPrefix);

    private string? _fingerprint;

    /// <summary>The user of the current execution context.</summary>
    public static RequestUser? Current
    {
        get => Ambient.Value;
        set => Ambient.Value = value;
    }

    /// <summary>A text of fixed length that is different for different user ids.</summary>
    public string Fingerprint => _fingerprint ??= Hash(Id());

    /// <summary>Asks the application's <see cref="IUserIdProvider"/>, whose exceptions are thrown.</summary>
    public void Identify() => _ = Fingerprint;

    private static string Hash(string id) => id == SubjectPrefix ? Nobody : Compute(id);

    private static string Compute(string id) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(id)), 0, 18);

    private string Id()
    {
        var name = request.User?.Identity is { IsAuthenticated: true } identity ? identity.Name : null;
        if (resolver.Resolve<IUserIdProvider>().GetUserId(request) is { Length: > 0 } id && id != name)
        {
            return $"id {id}";
        }

        // Names are compared as in SignalR.
        return name is { Length: > 0 } ? $"name {name.ToUpperInvariant()}" : SubjectPrefix + Subject();
    }

    private string? Subject() => request.User is ClaimsPrincipal { Identity.IsAuthenticated: true } user
        ? user.FindFirst("sub")?.Value ?? user.FindFirst(ClaimTypes.NameIdentifier)?.Value
        : null;
}
