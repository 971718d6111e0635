namespace Chat;

/// <summary>What the page shows about the backplane.</summary>
/// <param name="Redis">Where Redis is: <c>host:port</c>.</param>
/// <param name="AppName">The farm's name, which is its Redis channel.</param>
public sealed record FarmInfo(string Redis, string AppName);
