using System.CommandLine;
using RnnSharp;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;
using Samples;
using Spectre.Console;
using VanishingGradients;

Option<int> length = Sample.Number("--length", "time steps of a series", 10, 1000, 100, quick: 20);
Option<int> steps = Sample.Number("--steps", "training steps, rounded up to hundreds", 100, 100_000, 2000, quick: 200);
Option<string?> folder = Sample.Path("--folder", "write the pictures into this folder", ".", "FOLDER");
var command = new RootCommand("Shows how gradients vanish on their way back through time, and which layers learn from a distance all the same.") { length, steps, Sample.Seed, folder, Sample.Quick };
command.SetAction(Run);
return await Sample.RunAsync(command, args).ConfigureAwait(false);

void Run(ParseResult options)
{
    (int number, int series, int hundreds) = (options.GetValue(Sample.Seed), options.GetValue(length), (options.GetValue(steps) + 99) / 100);
    string gradients = Sample.FileIn(options.GetValue(folder)!, "gradients.svg"), learning = Sample.FileIn(options.GetValue(folder)!, "learning.svg");
    Sample.RequireFolder(options.GetValue(folder)!);
    Sample.RequireWritable(gradients, learning);
    var sizes = CellKind.All.Select(cell => (cell.Name, Sizes: GradientSizes(cell.Create(series, number), series, number))).ToArray();
    Show("steps back", sizes, [1, series / 10, series / 4, series / 2, series - 1], lag => $"{lag}", size => $"{size:0.0e+0}");
    File.WriteAllText(gradients, Pictures.Gradients(sizes));
    Console.WriteLine($"The size of the gradient of the last output, over that at the last step, in untrained layers: {gradients}");
    Console.WriteLine();

    var errors = CellKind.All.Select(cell => (cell.Name, Errors: AddingProblem.Learn(cell.Create(series, number), series, 100 * hundreds, number))).ToArray();
    Show("training steps", errors, [0, hundreds / 4, hundreds / 2, hundreds - 1], point => $"{AddingProblem.StepsOf(point)}", mse => $"{mse:F4}");
    File.WriteAllText(learning, Pictures.Learning(errors, AddingProblem.Baseline));
    Console.WriteLine($"The MSE of the adding problem of {series} steps, {AddingProblem.Baseline:F4} without memory: {learning}");
    Sample.WarnIfQuick(options);
}

// The size of the gradient of the last output with respect to the state, by steps back from the last, over that of the last step.
static double[] GradientSizes(RecurrentLayer<float> layer, int length, int seed)
{
    const int Batch = 32;
    var random = new FastRandom((ulong)seed);
    Sequence<float> input = new(layer.InputSize, Batch, length), target = new(layer.OutputSize, Batch, length), last = new(1, Batch, length);
    for (int i = 0; i < input.Values.Length; i++) input.Values[i] = 2 * random.NextSingle() - 1;
    last.Step(length - 1).Fill(1);
    IReadOnlyDictionary<string, double[]> norms = GradientNorms.OverTime(layer, input, target, new MeanSquaredError<float>(), last);
    double[] sizes = [.. Enumerable.Range(1, length - 1).Select(lag => Math.Sqrt(norms.Values.Sum(state => state[length - lag] * state[length - lag])))];
    return [.. sizes.Select(size => size / sizes[0])];
}

static void Show(string corner, IReadOnlyList<(string Name, double[] Values)> cells, IEnumerable<int> points, Func<int, string> label, Func<double, string> text)
{
    int[] shown = [.. points.Select(point => Math.Min(point, cells[0].Values.Length - 1)).Distinct()];
    Table table = Sample.Table([corner, .. shown.Select(label)]);
    foreach ((string name, double[] values) in cells) table.AddRow([name, .. shown.Select(point => text(values[point]))]);
    AnsiConsole.Write(table);
}
