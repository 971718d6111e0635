using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace RedisBackplane.Load;

/// <summary>The settings of the command line.</summary>
internal sealed record LoadSettings
{
    /// <summary>Only scenarios whose names begin with one of these; all if empty.</summary>
    public IReadOnlyList<string> Scenarios { get; init; } = [];

    /// <summary>The variants to compare; empty if each scenario decides.</summary>
    public IReadOnlyList<Variant> Variants { get; init; } = [];

    /// <summary>Measured rounds of each variant; a warm-up round comes before them.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>How long a round publishes.</summary>
    public double Seconds { get; init; } = 1.5;

    /// <summary>Where results.md and results.json go.</summary>
    public string Output { get; init; } = Path.Combine("artifacts", "load");

    /// <summary>The program of another build, which runs <see cref="Variant.Baseline"/>.</summary>
    public string? Baseline { get; init; }

    public bool ListOnly { get; init; }

    public const string Usage = """
        Measures the backplane in whole processes, against a redis-server of its own.

          dotnet run -c Release --project benchmarks/RedisBackplane.Load -- [options]

          --scenarios a,b   run the scenarios whose names begin so (--list shows them); default all
          --variants a,b    ours, ours-no-history, baseline, reference, raw, grouped; default as each
                            scenario says
          --baseline file   this program in another build, for the variant baseline
          --rounds n        measured rounds per variant, 1 to 50; default 5
          --seconds s       how long a round publishes, 0.1 to 60; default 1.5
          --out folder      where results.md and results.json go; default artifacts/load
          --list            print the scenarios and end
        """;

    public static bool TryParse(
        string[] args, [NotNullWhen(true)] out LoadSettings? settings, [NotNullWhen(false)] out string? error)
    {
        settings = null;
        error = null;
        var parsed = new LoadSettings();
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i];
            if (name == "--list")
            {
                parsed = parsed with { ListOnly = true };
                continue;
            }

            if (i + 1 == args.Length)
            {
                error = $"{name} is no option, or lacks its value.";
                return false;
            }

            var value = args[++i];
            switch (name)
            {
                case "--scenarios":
                    parsed = parsed with { Scenarios = Split(value) };
                    break;
                case "--variants" when VariantNames.TryParseAll(Split(value), out var variants):
                    parsed = parsed with { Variants = variants };
                    break;
                case "--rounds" when int.TryParse(value, CultureInfo.InvariantCulture, out var rounds) && rounds is >= 1 and <= 50:
                    parsed = parsed with { Rounds = rounds };
                    break;
                case "--seconds" when double.TryParse(value, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0.1 and <= 60:
                    parsed = parsed with { Seconds = seconds };
                    break;
                case "--baseline" when File.Exists(value):
                    parsed = parsed with { Baseline = Path.GetFullPath(value) };
                    break;
                case "--out":
                    parsed = parsed with { Output = value };
                    break;
                default:
                    error = $"{name} {value} is no option, or its value is out of range.";
                    return false;
            }
        }

        if (parsed.Baseline is null && parsed.Variants.Contains(Variant.Baseline))
        {
            error = "The variant baseline needs --baseline.";
            return false;
        }

        settings = parsed;
        return true;
    }

    private static string[] Split(string value) => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
