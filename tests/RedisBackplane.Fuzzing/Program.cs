using RedisBackplane.Fuzzing;
using SharpFuzz;

if (args.Length == 1)
{
    // Runs one input of the fuzzer, to see where it fails. Not with an instrumented library, which runs only under the
    // fuzzer.
    WireTarget.Run(File.ReadAllBytes(args[0]));
    return;
}

Fuzzer.OutOfProcess.Run(stream =>
{
    using var input = new MemoryStream();
    stream.CopyTo(input);
    WireTarget.Run(input.ToArray());
});
