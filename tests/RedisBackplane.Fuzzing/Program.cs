using RedisBackplane.Fuzzing;
using SharpFuzz;

if (args.Length == 1)
{
    // One input, as the fuzzer keeps it: to see where it fails. Not with an instrumented library, which runs under the
    // fuzzer only.
    WireTarget.Run(File.ReadAllBytes(args[0]));
    return;
}

Fuzzer.OutOfProcess.Run(stream =>
{
    using var input = new MemoryStream();
    stream.CopyTo(input);
    WireTarget.Run(input.ToArray());
});
