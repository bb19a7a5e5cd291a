using BenchmarkDotNet.Running;
using RnnSharp.Benchmarks;

switch (args)
{
    case ["peer"]:
        PeerRunner.Run(Console.In, Console.Out);
        break;
    case ["cold", .. string[] rest]:
        ColdStart.Run(rest, Console.Out);
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(LayerBenchmarks).Assembly).Run(args);
        break;
}
