using System.Globalization;

namespace RedisBackplane.Simulation.World;

/// <summary>The events of a run: as a hash, by which two runs are compared, and as text if requested.</summary>
internal sealed class Timeline(Schedule schedule, bool isKept)
{
    private const ulong Prime = 0x100000001B3;
    private readonly List<string> _lines = [];

    /// <summary>A hash of everything that was recorded, including its order.</summary>
    public ulong Hash { get; private set; } = 0xCBF29CE484222325;

    /// <summary>Whether the text is kept. If not, it need not be created.</summary>
    public bool IsKept => isKept;

    public IReadOnlyList<string> Lines => _lines;

    public void Note(Happening what, long a = 0, long b = 0, long c = 0)
    {
        Mix((ulong)what);
        Mix((ulong)schedule.Now);
        Mix((ulong)a);
        Mix((ulong)b);
        Mix((ulong)c);
    }

    /// <summary>Adds a line to the text. Call it only if the text is kept.</summary>
    public void Write(string who, string what) =>
        _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{schedule.Now / 1e7,10:F6} {who,-10} {what}"));

    private void Mix(ulong value) => Hash = (Hash ^ value) * Prime;
}
