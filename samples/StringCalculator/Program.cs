using System.CommandLine;
using System.Globalization;
using RnnSharp.Data;
using Samples;
using Spectre.Console;
using StringCalculator;

Option<int> hidden = Sample.Number("--hidden", "units of the encoder and of the decoder", 1, 1024, 128, quick: 64);
Option<int> steps = Sample.Number("--steps", "training steps of each model", 1, 100_000, 7000, quick: 2500);
Option<int> batch = Sample.Number("--batch", "problems in a training step", 1, 4096, 128, quick: 32);
Option<int> digits = Sample.Number("--digits", "digits of the longest numbers", 2, Problem.MostDigits, Problem.MostDigits, quick: 2);
Option<int> training = Sample.Number("--problems", "problems to learn from", 1000, 500_000, 100_000, quick: 10_000);
Option<string?> picture = Sample.Path("--picture", "write the picture of the attention as PNG", "attention.png");
var command = new RootCommand("Learns to add and subtract from problems written as text, such as 123+45= and 168, and shows where it looks as it writes an answer.") { hidden, steps, batch, digits, training, Sample.Seed, picture, Sample.Quick };
command.Validators.Add(result =>
{
    const int Most = 10_000;
    if (Value(digits, quick: 2, full: Problem.MostDigits) == 2 && Value(training, quick: Most, full: int.MaxValue) > Most) result.AddError($"--problems expects at most {Most} for numbers of two digits, with which there are 20000 problems.");

    // Defaults are not known to a validator yet.
    int Value(Option<int> option, int quick, int full) => result.GetResult(option) is { Tokens: [{ Value: var text }] } ? double.TryParse(text, CultureInfo.InvariantCulture, out double number) ? (int)number : 0 : result.GetValue(Sample.Quick) ? quick : full;
});
command.SetAction(Run);
return await Sample.RunAsync(command, args).ConfigureAwait(false);

void Run(ParseResult options)
{
    (int seed, int units, int longest) = (options.GetValue(Sample.Seed), options.GetValue(hidden), options.GetValue(digits));
    int testProblems = options.GetValue(Sample.Quick) ? 200 : 2000, count = options.GetValue(training) + 1000 + testProblems;
    string path = options.GetValue(picture)!;
    Sample.RequireWritable(path);

    // Nothing to copy: neither a test problem nor the same with its numbers exchanged is in the training set.
    SplitParts<Problem> problems = DataSplit.Grouped(Problem.Draw(count, longest, (ulong)seed), problem => problem.Kin, validation: 1000.0 / count, test: (double)testProblems / count, (ulong)seed);
    Calculator withAttention = new(units, attention: true, seed), without = new(units, attention: false, seed);
    string[] answers = Train("with attention", withAttention), others = Train("without attention", without);

    Table table = Sample.Table("share of right answers to unseen problems", "all", "+", "-", $"two numbers of {(longest == 2 ? "two" : "three")} digits");
    Show($"encoder-decoder with attention, {withAttention.Weights:N0} weights", answers);
    Show($"the same without attention, {without.Weights:N0} weights", others);
    Show("answer of the nearest known problem", Baselines.Nearest(problems.Train, problems.Test));
    Show("most frequent answer", Baselines.MostFrequent(problems.Train, problems.Test));
    Console.WriteLine();
    AnsiConsole.Write(table);

    foreach (int i in Enumerable.Range(0, 8)) Console.WriteLine($"{problems.Test[i].Text}{answers[i]}{(Right(i, answers) ? "" : $"  (it is {problems.Test[i].Answer})")}");
    int[] shown = [.. Enumerable.Range(0, problems.Test.Count).Where(i => problems.Test[i].Text.Length == 2 * longest + 2 && answers[i].Length > 0).Take(4)];
    if (shown.Length > 0) AttentionPicture.Save(path, [.. shown.Select(i => (problems.Test[i].Text, answers[i], withAttention.Attention(problems.Test[i], answers[i])))]);
    Console.WriteLine(shown.Length == 0 ? "It has no answer to show." : $"Where it looks as it writes each character of an answer: {path}");
    Sample.WarnIfQuick(options);

    string[] Train(string name, Calculator model)
    {
        Console.WriteLine(name);
        model.Learn(problems.Train, problems.Validation, options.GetValue(steps), options.GetValue(batch), seed);
        return model.Answer(problems.Test);
    }

    void Show(string name, string[] given)
    {
        table.AddRow(name, Share(_ => true), Share(problem => problem.Sign == '+'), Share(problem => problem.Sign == '-'), Share(problem => Math.Min(problem.Left, problem.Right) >= (longest == 2 ? 10 : 100)));

        string Share(Func<Problem, bool> among)
        {
            int[] chosen = [.. Enumerable.Range(0, given.Length).Where(i => among(problems.Test[i]))];
            return $"{chosen.Count(i => Right(i, given)) / (double)chosen.Length:P1}";
        }
    }

    bool Right(int i, string[] given) => string.Equals(given[i], problems.Test[i].Answer, StringComparison.Ordinal);
}
