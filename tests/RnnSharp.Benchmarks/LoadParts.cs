using System.Diagnostics;
using System.Security.Cryptography;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
namespace RnnSharp.Benchmarks;
internal static class LoadParts
{
    public static void Run()
    {
        var bytes = new byte[200_000_000];
        Time("sha", () => { using var h = IncrementalHash.CreateHash(HashAlgorithmName.SHA256); for (int i = 0; i < 200; i++) h.AppendData(bytes.AsSpan(i * 1000000, 1000000)); h.GetCurrentHash(); });
        var f = new float[8192 * 2048];
        var g = new float[8192 * 2048];
        Time("transpose 67MB", () => { for (int r = 0; r < 8192; r += 128) Transposition.ToColumns(f.AsSpan(r * 2048, 128 * 2048), 2048, g.AsSpan(r), 8192); });
        Time("finite 67MB", () => ModelTensors.IndexOfNonFinite<float>(f));
        Time("alloc 200MB touch", () => { var x = new float[50_000_000]; for (int i = 0; i < x.Length; i += 1024) x[i] = 1; });
        Time("create", () => GC.KeepAlive(Initializers.WithoutValues(() => new LayerStack<float>(new LstmLayer<float>(1500, 2048, seed: 1), new LstmLayer<float>(2048, 1280, seed: 2), new DenseLayer<float>(1280, 3000, seed: 3)), true)));
    }
    private static void Time(string what, Action a)
    {
        double best = 1e9;
        for (int i = 0; i < 6; i++) { GC.Collect(); long s = Stopwatch.GetTimestamp(); a(); best = Math.Min(best, Stopwatch.GetElapsedTime(s).TotalMilliseconds); }
        Console.WriteLine($"{what} {best:F1} ms");
    }
}
