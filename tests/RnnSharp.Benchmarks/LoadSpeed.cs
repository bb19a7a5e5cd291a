using System.ComponentModel;
using System.Diagnostics;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;

namespace RnnSharp.Benchmarks;

/// <summary>
/// Loads a model of 200 MB and compares with reading the bytes of its file: from the disk, as when a program starts, and from the system's
/// cache. <c>load [rounds]</c> prints the median and the best of each and their ratios, what the first load takes in memory, and how busy the
/// processors were.
/// </summary>
internal static class LoadSpeed
{
    private const double Megabyte = 1e6;

    /// <summary>Writes the model that is loaded.</summary>
    public static void Write(string path) =>
        ModelFile.Save(new LayerStack<float>(new LstmLayer<float>(1500, 2048, seed: 1), new LstmLayer<float>(2048, 1280, seed: 2), new DenseLayer<float>(1280, 3000, seed: 3)), path);

    public static void Run(int rounds, TextWriter output)
    {
        string path = Path.Combine(Path.GetTempPath(), $"rnnsharp-load-{Environment.ProcessId}.safetensors");
        try
        {
            // Another process writes the model, so that this one has only what loading takes.
            WriteInAnotherProcess(path);
            Measure(path, rounds, output);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Measure(string path, int rounds, TextWriter output)
    {
        long size = new FileInfo(path).Length;
        using (FileStream stream = File.OpenRead(path)) stream.CopyTo(Stream.Null);
        using var process = Process.GetCurrentProcess();
        GC.Collect();
        process.Refresh();
        (long workingSet, long allocated) = (process.WorkingSet64, GC.GetTotalAllocatedBytes(precise: true));
        LoadedModel<float> loaded = ModelFile.Load<float>(path);
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        process.Refresh();
        long peak = process.PeakWorkingSet64 - workingSet;
        GC.KeepAlive(loaded);
        output.WriteLine(FormattableString.Invariant($"file {size / Megabyte:F1} MB; the first load allocates {(double)allocated / size:F3} and adds {(double)peak / size:F3} of its size to the working set at the peak"));

        Compare(path, rounds, isCached: false, process, output);
        Compare(path, rounds, isCached: true, process, output);
    }

    private static void Compare(string path, int rounds, bool isCached, Process process, TextWriter output)
    {
        double size = new FileInfo(path).Length / Megabyte;
        if (!isCached && !TryEvict(path))
        {
            output.WriteLine("from the disk: not measured, because dd, which drops a file from the system's cache, is missing");
            return;
        }

        var (reads, loads) = (new double[rounds], new double[rounds]);
        var (readWork, loadWork) = (double.MaxValue, double.MaxValue);
        for (int i = 0; i < rounds; i++)
        {
            if (!isCached) TryEvict(path);
            reads[i] = Time(process, () => GC.KeepAlive(File.ReadAllBytes(path)), ref readWork);
            if (!isCached) TryEvict(path);
            loads[i] = Time(process, () => GC.KeepAlive(ModelFile.Load<float>(path)), ref loadWork);
        }

        Array.Sort(reads);
        Array.Sort(loads);
        output.WriteLine(isCached ? "from the system's cache:" : "from the disk:");
        Print("median", reads[rounds / 2], loads[rounds / 2]);
        Print("best", reads[0], loads[0]);
        output.WriteLine(FormattableString.Invariant($"  least processor time of all threads: {1e3 * readWork:F0} ms and {1e3 * loadWork:F0} ms"));

        void Print(string name, double read, double load) =>
            output.WriteLine(FormattableString.Invariant($"  {name} of {rounds}: File.ReadAllBytes {size / read:F0} MB/s ({1e3 * read:F0} ms), ModelFile.Load {size / load:F0} MB/s ({1e3 * load:F0} ms): {read / load:F2} of its speed"));
    }

    private static double Time(Process process, Action action, ref double leastWork)
    {
        GC.Collect();
        process.Refresh();
        TimeSpan work = process.TotalProcessorTime;
        long start = Stopwatch.GetTimestamp();
        action();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        process.Refresh();
        leastWork = Math.Min(leastWork, (process.TotalProcessorTime - work).TotalSeconds);
        return seconds;
    }

    /// <summary>Drops a file from the system's cache. Returns whether that can be done here.</summary>
    private static bool TryEvict(string path)
    {
        try
        {
            using var dd = Process.Start(new ProcessStartInfo("dd", ["of=" + path, "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none"]))!;
            dd.WaitForExit();
            return dd.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    private static void WriteInAnotherProcess(string path)
    {
        string program = Environment.ProcessPath!;
        string[] host = string.Equals(Path.GetFileNameWithoutExtension(program), "dotnet", StringComparison.Ordinal) ? [Path.Combine(AppContext.BaseDirectory, "RnnSharp.Benchmarks.dll")] : [];
        using var writer = Process.Start(program, [.. host, "load", "--write", path]);
        writer.WaitForExit();
        if (writer.ExitCode != 0) throw new InvalidOperationException($"Writing {path} failed.");
    }
}
