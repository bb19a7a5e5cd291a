using BenchmarkDotNet.Running;
using RnnSharp.Benchmarks;
using RnnSharp.Numerics;

switch (args)
{
    case ["peer"]:
        PeerRunner.Run(Console.In, Console.Out);
        break;
    case ["peer", "--version"]:
        PeerRunner.Describe(Console.Out);
        break;
    case ["cold", .. string[] rest]:
        ColdStart.Run(rest, Console.Out);
        break;
    case ["callers", .. string[] rest]:
        return ConcurrentCallers.Run(rest, Console.Out);
    case ["resumable", .. string[] rest]:
        return ResumableRun.Run(rest, Console.Out);
    case ["trainer", .. string[] rest]:
        return TrainerOverhead.Run(rest, Console.Out);
    case ["endless", .. string[] rest]:
        return TrainerOverhead.RunEndless(rest, Console.Out);
    case ["contention", .. string[] rest]:
        return Contention.Run(rest, Console.Out);
    case ["ragged", .. string[] rest]:
        return RaggedBatches.Run(rest, Console.Out);
    case ["load", .. string[] rest]:
        return LoadSpeed.Run(rest, Console.Out);
    case ["tiny-stream", .. string[] rest]:
        return TinyStream.Run(rest, Console.Out);
    case ["int8", .. string[] rest]:
        return QuantizedSteps.Run(rest, Console.Out);
    case ["bits"]:
        Console.WriteLine(VectorDispatch.Bits);
        break;
    case ["bench", .. string[] rest]:
        BenchmarkSwitcher.FromAssembly(typeof(PeerRunner).Assembly).Run(rest);
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(PeerRunner).Assembly).Run(args);
        break;
}

return 0;
