using System.Diagnostics;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Benchmarks;

/// <summary>
/// Times one thread against two while other processes keep the machine busy: none, 1, 2 or 4 that spin, and one that uses the library
/// itself. The processes are other instances of this program. One thread and two alternate, one round each; a time is the median over the
/// rounds of the mean time per call, so that calls that lost their processor count too.
/// </summary>
internal static class Contention
{
    public const string Spinning = "spinning", Library = "library";

    private static readonly (string Name, int Spinning, int Library)[] Cases = [("quiet", 0, 0), ("1 busy process", 1, 0), ("2 busy processes", 2, 0), ("4 busy processes", 4, 0), ("another process that uses the library", 0, 1)];

    private static readonly (string Name, bool Train, Shape Shape)[] Rows =
    [
        ("Predict", false, new(512, 512, 1, 25)),
        ("Predict", false, new(256, 256, 32, 25)),
        ("Forward and Backward", true, new(256, 256, 32, 25)),
        ("Forward and Backward", true, new(1024, 1024, 2, 25)),
    ];

    /// <summary>Keeps a processor busy until the standard input ends.</summary>
    public static void BeBusy(string kind) => BeBusy(kind is Library ? Call(Rows[0].Train, Rows[0].Shape) : static () => Thread.SpinWait(1000));

    public static void Run(int rounds, double seconds, int threads, string only, TextWriter output)
    {
        output.WriteLine(FormattableString.Invariant($"LSTM, float, {VectorDispatch.Bits}-bit vectors, cores: {Environment.ProcessorCount}; milliseconds per call, median of {rounds} rounds of {seconds} s."));
        output.WriteLine();
        output.WriteLine($"| machine | call | 1 thread | {threads} threads | {threads} threads / 1 thread |");
        output.WriteLine("|---|---|---:|---:|---:|");
        foreach ((string name, int spinning, int library) in Cases.Where(it => it.Name.Contains(only, StringComparison.Ordinal)))
        {
            List<Process> others = [];
            try
            {
                for (int i = 0; i < spinning + library; i++) others.Add(Start(i < spinning ? Spinning : Library));
                foreach ((string call, bool train, Shape shape) in Rows)
                {
                    (double one, double several) = Measure(Call(train, shape), threads, rounds, seconds);
                    output.WriteLine(FormattableString.Invariant($"| {name} | {call}, {shape} | {one:F2} | {several:F2} | {several / one:F2} |"));
                    output.Flush();
                }
            }
            finally
            {
                // A process exits when its standard input ends, even if this process is killed.
                foreach (Process other in others) other.StandardInput.Close();
                foreach (Process other in others) other.WaitForExit();
                others.ForEach(other => other.Dispose());
            }
        }
    }

    /// <summary>A forward call, or a forward and a backward call, that allocate nothing after the first time.</summary>
    private static Action Call(bool train, Shape shape)
    {
        var layer = new LstmLayer<float>(shape.Inputs, shape.Hidden, seed: 1);
        Sequence<float> x = Workload.Gaussian<float>(shape.Inputs, shape.Batch, shape.Steps), y = new(shape.Hidden, shape.Batch, shape.Steps);
        Sequence<float> dy = Workload.Gaussian<float>(shape.Hidden, shape.Batch, shape.Steps, seed: 1);
        State<float> state = layer.CreateState(shape.Batch);
        ForwardPass<float>? pass = null;
        Gradients<float>? gradients = null;
        return () =>
        {
            if (train)
            {
                pass = layer.Forward(x, reuse: pass);
                gradients = layer.Backward(pass, dy, reuse: gradients);
            }
            else
            {
                state.Clear();
                layer.Predict(x, state, y);
            }
        };
    }

    private static (double One, double Several) Measure(Action call, int threads, int rounds, double seconds)
    {
        double[] one = new double[rounds], several = new double[rounds];
        Round(call, 1, seconds / 2);
        Round(call, threads, seconds / 2);
        for (int i = 0; i < rounds; i++)
        {
            one[i] = Round(call, 1, seconds);
            several[i] = Round(call, threads, seconds);
        }

        Array.Sort(one);
        Array.Sort(several);
        return (one[rounds / 2], several[rounds / 2]);
    }

    /// <summary>The mean time of a call, in milliseconds.</summary>
    private static double Round(Action call, int threads, double seconds)
    {
        Compute.MaxDegreeOfParallelism = threads;
        long start = Stopwatch.GetTimestamp();
        int calls = 0;
        TimeSpan elapsed;
        do
        {
            call();
            calls++;
            elapsed = Stopwatch.GetElapsedTime(start);
        }
        while (elapsed.TotalSeconds < seconds);
        return elapsed.TotalMilliseconds / calls;
    }

    /// <summary>Starts another instance of this program and waits until it is working.</summary>
    private static Process Start(string role)
    {
        string program = Environment.ProcessPath!;
        string[] library = string.Equals(Path.GetFileNameWithoutExtension(program), "dotnet", StringComparison.Ordinal) ? [typeof(Contention).Assembly.Location] : [];
        var start = new ProcessStartInfo(program, [.. library, "contention", "--load", role]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        Process process = Process.Start(start)!;
        process.StandardOutput.ReadLine();
        return process;
    }

    /// <summary>Repeats the call until the standard input ends.</summary>
    private static void BeBusy(Action call)
    {
        bool isOver = false;
        new Thread(() =>
        {
            Console.In.ReadToEnd();
            Volatile.Write(ref isOver, true);
        })
        { IsBackground = true }.Start();
        call();
        Console.WriteLine("ready");
        while (!Volatile.Read(ref isOver)) call();
    }
}
