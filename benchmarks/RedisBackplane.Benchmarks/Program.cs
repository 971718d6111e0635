using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace RedisBackplane.Benchmarks;

public static class Program
{
    public static void Main(string[] args)
    {
        // In the process: a project that BenchmarkDotNet generates would have to be restored, without this repository's
        // pruning of packages.
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance);
        if (args.Contains("--quick"))
        {
            job = job.WithWarmupCount(3).WithIterationCount(5);
        }

        var config = DefaultConfig.Instance.AddJob(job).AddDiagnoser(MemoryDiagnoser.Default);
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. args.Where(arg => arg != "--quick")], config);
    }
}
