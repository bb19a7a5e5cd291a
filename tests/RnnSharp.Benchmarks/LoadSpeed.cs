using System.Diagnostics;
using System.Globalization;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;

namespace RnnSharp.Benchmarks;

/// <summary>
/// Loads a model of 200 MB and compares with reading the bytes of its file, which the system has cached. <c>load [rounds]</c> prints the
/// best of each and their ratio, what the first load takes in memory, and how busy the processors were: on a machine that others use, the
/// ratio of processor times says more than that of times.
/// </summary>
internal static class LoadSpeed
{
    private const double Megabyte = 1e6;

    public static int Run(string[] arguments, TextWriter output)
    {
        if (arguments is ["write", var target])
        {
            ModelFile.Save(new LayerStack<float>(new LstmLayer<float>(1500, 2048, seed: 1), new LstmLayer<float>(2048, 1280, seed: 2), new DenseLayer<float>(1280, 3000, seed: 3)), target);
            return 0;
        }

        int rounds = arguments is [var number] ? int.Parse(number, CultureInfo.InvariantCulture) : 10;
        string path = Path.Combine(Path.GetTempPath(), $"rnnsharp-load-{Environment.ProcessId}.safetensors");
        try
        {
            // Another process writes the model, so that this one has only what loading takes.
            Write(path);
            Measure(path, rounds, output);
        }
        finally
        {
            File.Delete(path);
        }

        return 0;
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

        (double read, double load) = (double.MaxValue, double.MaxValue);
        (double readWork, double loadWork) = (double.MaxValue, double.MaxValue);
        for (int i = 0; i < rounds; i++)
        {
            Time(process, () => GC.KeepAlive(File.ReadAllBytes(path)), ref read, ref readWork);
            Time(process, () => GC.KeepAlive(ModelFile.Load<float>(path)), ref load, ref loadWork);
        }

        output.WriteLine(FormattableString.Invariant($"best of {rounds}: File.ReadAllBytes {size / Megabyte / read:F0} MB/s ({1e3 * read:F0} ms), ModelFile.Load {size / Megabyte / load:F0} MB/s ({1e3 * load:F0} ms): {read / load:F2} of its speed"));
        output.WriteLine(FormattableString.Invariant($"least processor time of all threads: {1e3 * readWork:F0} ms and {1e3 * loadWork:F0} ms"));
    }

    private static void Time(Process process, Action action, ref double best, ref double leastWork)
    {
        GC.Collect();
        process.Refresh();
        TimeSpan work = process.TotalProcessorTime;
        long start = Stopwatch.GetTimestamp();
        action();
        best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        process.Refresh();
        leastWork = Math.Min(leastWork, (process.TotalProcessorTime - work).TotalSeconds);
    }

    private static void Write(string path)
    {
        string program = Environment.ProcessPath!;
        string[] host = string.Equals(Path.GetFileNameWithoutExtension(program), "dotnet", StringComparison.Ordinal) ? [Path.Combine(AppContext.BaseDirectory, "RnnSharp.Benchmarks.dll")] : [];
        using var writer = Process.Start(program, [.. host, "load", "write", path]);
        writer.WaitForExit();
        if (writer.ExitCode != 0) throw new InvalidOperationException($"Writing {path} failed.");
    }
}
