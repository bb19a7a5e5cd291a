using System.CommandLine;
using System.Globalization;
using RnnSharp;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;
using Spectre.Console;
using VanishingGradients;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Option<int> length = Number("--length", "time steps of a series", 10, 1000, 100);
Option<int> steps = Number("--steps", "training steps, in hundreds", 1, 1000, 20);
Option<int> seed = Number("--seed", "seed; the same seed gives the same run", 0, int.MaxValue - 1, 1);
Option<string> folder = new("--folder") { Description = "write the pictures into this folder", HelpName = "FOLDER", DefaultValueFactory = _ => "." };
Option<bool> quick = new("--quick") { Description = "200 training steps on series of 20 steps, to try out the program" };
var command = new RootCommand("Shows how gradients vanish on their way back through time, and which layers learn from a distance all the same.") { length, steps, seed, folder, quick };
command.SetAction(Run);
ParseResult parsed = command.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
if (parsed.Errors is not [var error, ..]) return parsed.Invoke(new() { EnableDefaultExceptionHandler = false });
Console.Error.WriteLine($"{error.Message} (--help shows the options)");
return 2;

int Run(ParseResult options)
{
    (int number, int series, int hundreds) = (options.GetValue(seed), options.GetValue(length), options.GetValue(steps));
    if (options.GetValue(quick)) (series, hundreds) = (20, 2);
    string gradients = Path.Combine(options.GetRequiredValue(folder), "gradients.svg"), learning = Path.Combine(options.GetRequiredValue(folder), "learning.svg");
    try
    {
        foreach (string path in (string[])[gradients, learning]) File.AppendAllText(path, ""); // before the work, not after it
        var sizes = CellKind.All.Select(cell => (cell.Name, Sizes: GradientSizes(cell.Create(series, number), series, number))).ToArray();
        Show("steps back", sizes, [1, series / 10, series / 4, series / 2, series - 1], lag => $"{lag}", size => $"{size:0.0e+0}");
        File.WriteAllText(gradients, Pictures.Gradients(sizes));
        Console.WriteLine($"The size of the gradient of the last output, over that at the last step, in untrained layers: {gradients}");
        Console.WriteLine();

        var errors = CellKind.All.Select(cell => (cell.Name, Errors: AddingProblem.Learn(cell.Create(series, number), series, 100 * hundreds, number))).ToArray();
        Show("training steps", errors, [0, hundreds / 4, hundreds / 2, hundreds - 1], point => $"{AddingProblem.StepsOf(point)}", mse => $"{mse:F4}");
        File.WriteAllText(learning, Pictures.Learning(errors, AddingProblem.Baseline));
        Console.WriteLine($"The MSE of the adding problem of {series} steps, {AddingProblem.Baseline:F4} without memory: {learning}");
        return 0;
    }
    catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
    {
        Console.Error.WriteLine(exception.Message);
        return 1;
    }
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
    var table = new Table { Border = TableBorder.Simple };
    table.AddColumn(corner);
    foreach (int point in shown) table.AddColumn(new TableColumn(label(point)).RightAligned());
    foreach ((string name, double[] values) in cells) table.AddRow([name, .. shown.Select(point => text(values[point]))]);
    AnsiConsole.Write(table);
}

static Option<int> Number(string name, string description, int min, int max, int value) => new(name)
{
    Description = string.Create(CultureInfo.InvariantCulture, $"{description}, {min} to {max}"),
    DefaultValueFactory = _ => value,
    Validators =
    {
        result =>
        {
            if (!(result.GetValueOrDefault<int>() is var number && number >= min && number <= max)) result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} takes a number of {min} to {max}."));
        },
    },
};
