namespace RedisBackplane.BrowserTests.Browsers;

/// <summary>What a window is shown on.</summary>
internal sealed record Screen(int Width, int Height, double Scale = 1, bool Touch = false, bool Dark = false)
{
    public static readonly Screen Desktop = new(1180, 760);
    public static readonly Screen Phone = new(390, 844, Scale: 2, Touch: true);

    public Screen InTheDark => this with { Dark = true };
}
