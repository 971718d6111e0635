using RedisBackplane.Fuzzing;

namespace RedisBackplane.Tests.Wire;

/// <summary>Replays the inputs that the fuzzer has kept: each once reached code that no earlier one had.</summary>
public sealed class FuzzCorpusTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Corpus");

    public static TheoryData<string> Inputs =>
        new(Directory.GetFiles(Folder).Select(file => Path.GetFileName(file)!).OrderBy(name => name, StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Inputs))]
    public void Input_OfTheCorpus_IsRefusedOrWhole(string name) => WireTarget.Run(File.ReadAllBytes(Path.Combine(Folder, name)));
}
