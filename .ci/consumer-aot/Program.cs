using System.Diagnostics;
using System.Globalization;
using RnnSharp;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Training;

// A training step of a small model, compiled ahead of time. The argument is the vector width in bits that the program must have at least.
int expected = int.Parse(args[0], CultureInfo.InvariantCulture);
var model = new LayerStack<float>(new LstmLayer<float>(64, 128, seed: 1), new DenseLayer<float>(128, 8, seed: 2));
var adam = new Adam<float>(learningRate: 0.01);
var x = new Sequence<float>(64, batch: 32, steps: 50);
var target = new Sequence<float>(8, batch: 32, steps: 50);
for (int i = 0; i < x.Values.Length; i++) x.Values[i] = MathF.Sin(i);
for (int i = 0; i < target.Values.Length; i++) target.Values[i] = MathF.Cos(i);
var outputGradient = new Sequence<float>(8, 32, 50);
ForwardPass<float>? pass = null;
Gradients<float>? gradients = null;
double best = double.PositiveInfinity;
double first = 0;
double loss = 0;
for (int step = 0; step < 50; step++)
{
    long start = Stopwatch.GetTimestamp();
    pass = model.Forward(x, reuse: pass);
    loss = MeanSquaredError.Compute(pass.Output, target, outputGradient).Mean;
    gradients = model.Backward(pass, outputGradient, reuse: gradients);
    adam.Step(model.Parameters, gradients);
    double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    best = Math.Min(best, milliseconds);
    if (step == 0) first = loss;
}

Console.WriteLine(FormattableString.Invariant($"{Compute.VectorBits}-bit vectors, a training step in {best:F2} ms, loss {first:F4} to {loss:F4}."));
return Compute.VectorBits >= expected && loss < first ? 0 : 1;
