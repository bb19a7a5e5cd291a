using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace RnnSharp.Benchmarks;

/// <summary>
/// Times the first training steps of a small LSTM in a fresh process, in which no code of the library has been compiled yet.
/// <c>cold [double]</c> prints the time of each of the first 10 steps, and the median of 200 later ones.
/// </summary>
internal static class ColdStart
{
    public static void Run(bool isDouble, TextWriter output)
    {
        if (isDouble) Run<double>(output);
        else Run<float>(output);
    }

    private static void Run<T>(TextWriter output)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        long start = Stopwatch.GetTimestamp();
        var lstm = new LstmLayer<T>(27, 64, seed: 1);
        var model = new LayerStack<T>(lstm, new DenseLayer<T>(64, 27, seed: 2));
        var adam = new Adam<T>(1e-2);
        Sequence<T> x = Sequence<T>.ForTokens(27, 32, 20);
        Sequence<T> target = Sequence<T>.ForTokens(27, 32, 20);
        for (int j = 0; j < 32; j++)
        {
            for (int t = 0; t < 20; t++)
            {
                x.SetToken(j, t, (3 * j + 7 * t) % 27);
                target.SetToken(j, t, (3 * j + 7 * t + 7) % 27);
            }
        }

        ForwardPass<T>? pass = null;
        Gradients<T>? gradients = null;
        var outputGradient = new Sequence<T>(27, 32, 20);
        double[] times = new double[10 + 200];
        double loss = 0;
        (TimeSpan Time, long Methods) compiled = default;
        for (int step = 0; step < times.Length; step++)
        {
            if (step > 0) start = Stopwatch.GetTimestamp();
            pass = model.Forward(x, reuse: pass);
            loss = SoftmaxCrossEntropy.Compute(pass.Output, target, outputGradient).Mean;
            gradients = model.Backward(pass, outputGradient, inputGradient: false, reuse: gradients);
            GradientClipping.ByNorm(gradients, 5);
            adam.Step(model.Parameters, gradients);
            times[step] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (step == 0) compiled = (JitInfo.GetCompilationTime(currentThread: true), JitInfo.GetCompiledMethodCount(currentThread: true));
        }

        double[] later = times[10..];
        Array.Sort(later);
        string first = string.Join(' ', times[..10].Select(t => t.ToString("F2", CultureInfo.InvariantCulture)));
        output.WriteLine(FormattableString.Invariant($"{typeof(T).Name}: first ten steps {first} ms (the first includes creating the model, and {compiled.Time.TotalMilliseconds:F0} ms in which the process compiled {compiled.Methods} methods); median of 200 later ones {later[100]:F2} ms; loss {loss:F3}"));
    }
}
