namespace RedisBackplane;

/// <summary>
/// The credentials of a connection to Redis and their expiry: the result of a
/// <see cref="RedisBackplaneOptions.CredentialsProvider"/>. Never logged; <see cref="ToString"/> does not show the
/// password. Immutable.
/// </summary>
public sealed class RedisCredentials
{
    /// <summary>Makes credentials.</summary>
    /// <param name="user">The ACL user; <see langword="null"/> or empty for the user <c>default</c>.</param>
    /// <param name="password">The password or token.</param>
    /// <param name="expiresAt">
    /// When Redis no longer accepts it; <see langword="null"/> if it does not expire, or if the time is not known.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="password"/> is null or empty.</exception>
    public RedisCredentials(string? user, string password, DateTimeOffset? expiresAt = null)
    {
        if (string.IsNullOrEmpty(password))
        {
            throw new ArgumentException("The password is empty.", nameof(password));
        }

        User = user;
        Password = password;
        ExpiresAt = expiresAt;
    }

    /// <summary>The ACL user; <see langword="null"/> for the user <c>default</c>.</summary>
    public string? User { get; }

    /// <summary>The password or token.</summary>
    public string Password { get; }

    /// <summary>
    /// When Redis no longer accepts it; <see langword="null"/> if it does not expire, or if the time is not known.
    /// </summary>
    public DateTimeOffset? ExpiresAt { get; }

    /// <summary>The user and the time; not the password.</summary>
    /// <returns>A text for a log.</returns>
    public override string ToString() => FormattableString.Invariant($"{User ?? "default"}, expires {ExpiresAt?.ToString("u") ?? "never"}");
}
