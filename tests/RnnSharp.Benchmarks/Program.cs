using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using BenchmarkDotNet.Running;
using RnnSharp.Benchmarks;
using RnnSharp.Numerics;

Argument<int> threads = new("threads") { Description = "threads", DefaultValueFactory = _ => 1 };
Option<int> rounds = new("--rounds") { Description = "rounds of each side" };
Option<double> seconds = new("--seconds") { Description = "seconds of a round" };
foreach (Symbol positive in (Symbol[])[threads, rounds, seconds]) RequirePositive(positive);

var root = new RootCommand("Benchmarks of RnnSharp. CONTRIBUTING.md and peers/README.md tell what they are for.")
{
    Create("peer", "takes turns with other libraries: answers the requests of compare.py", command =>
    {
        Option<bool> version = new("--version") { Description = "print what this peer is" };
        command.Add(version);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(version)) PeerRunner.Describe(Console.Out);
            else PeerRunner.Run(Console.In, Console.Out);
        });
    }),
    Create("cold", "the first training steps of a process", command =>
    {
        Argument<string> type = new Argument<string>("type") { Description = "the element type", DefaultValueFactory = _ => "float" }.AcceptOnlyFromAmong("float", "double");
        command.Add(type);
        command.SetAction(parsed => ColdStart.Run(parsed.GetValue(type) is "double", Console.Out));
    }),
    Create("callers", "several callers of one layer", command =>
    {
        command.Add(seconds);
        command.SetAction(parsed => ConcurrentCallers.Run(Given(parsed, seconds, 1), Console.Out));
    }),
    Create("resumable", "a training run that kill_and_resume.sh kills and resumes", command =>
    {
        Argument<string> folder = new("folder") { Description = "the folder of the checkpoints" };
        Argument<long> steps = new("steps") { Description = "training steps" };
        Argument<string> kind = new Argument<string>("kind") { Description = "the kind of data" }.AcceptOnlyFromAmong("stream", "examples");
        foreach (Argument argument in (Argument[])[folder, steps, kind]) command.Add(argument);
        command.SetAction(parsed => ResumableRun.Run(parsed.GetRequiredValue(folder), parsed.GetValue(steps), parsed.GetValue(kind) is "stream", Console.Out));
    }),
    Create("trainer", "the trainer against a loop written by hand", command =>
    {
        command.Add(rounds);
        command.SetAction(parsed => TrainerOverhead.Run(Given(parsed, rounds, 15), Console.Out));
    }),
    Create("endless", "the heap during training on endless streams", command =>
    {
        Argument<double> minutes = new("minutes") { Description = "minutes to train", DefaultValueFactory = _ => 10 };
        RequirePositive(minutes);
        command.Add(minutes);
        command.SetAction(parsed => TrainerOverhead.RunEndless(parsed.GetValue(minutes), Console.Out));
    }),
    Create("contention", "threads against one thread while other processes use the processor", command =>
    {
        Option<int> team = new Option<int>("--threads") { Description = "threads, 2 to 1024", DefaultValueFactory = _ => 2, Validators = { result => Expect(result.GetValueOrDefault<int>() is >= 2 and <= 1024, result, "2 to 1024 threads") } };
        Option<string> only = new("--only") { Description = "only the rows with this in their name", DefaultValueFactory = _ => "" };
        Option<string?> load = new Option<string?>("--load") { Hidden = true }.AcceptOnlyFromAmong(Contention.Spinning, Contention.Library);
        foreach (Option option in (Option[])[rounds, seconds, team, only, load]) command.Add(option);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(load) is { } kind) Contention.BeBusy(kind);
            else Contention.Run(Given(parsed, rounds, 9), Given(parsed, seconds, 0.4), parsed.GetValue(team), parsed.GetRequiredValue(only), Console.Out);
        });
    }),
    Create("ragged", "ragged batches against padded ones", command =>
    {
        Argument<string> only = new("only") { Description = "only the rows with this in their name", DefaultValueFactory = _ => "" };
        command.Add(threads);
        command.Add(only);
        command.SetAction(parsed => RaggedBatches.Run(parsed.GetValue(threads), parsed.GetRequiredValue(only), Console.Out));
    }),
    Create("load", "a large model file", command =>
    {
        Option<string?> write = new("--write") { Hidden = true };
        command.Add(rounds);
        command.Add(write);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(write) is { } path) LoadSpeed.Write(path);
            else LoadSpeed.Run(Given(parsed, rounds, 10), Console.Out);
        });
    }),
    Create("tiny-stream", "steps of small layers, in turns with other libraries", command =>
    {
        Option<int> steps = new("--steps") { Description = "steps that are timed one by one", DefaultValueFactory = _ => 1_000_000 };
        Option<string[]> peers = new("--peer") { Description = "a program that answers compare.py's requests", DefaultValueFactory = _ => [] };
        RequirePositive(steps);
        foreach (Option option in (Option[])[rounds, seconds, steps, peers]) command.Add(option);
        command.SetAction(parsed => TinyStream.Run(Given(parsed, rounds, 10), Given(parsed, seconds, 0.1), parsed.GetValue(steps), parsed.GetRequiredValue(peers), Console.Out));
    }),
    Create("int8", "steps of quantized layers against those of float layers", command =>
    {
        Argument<string> batches = new("batches") { Description = "batch sizes, with commas", DefaultValueFactory = _ => "1", Validators = { result => Expect(result.GetValueOrDefault<string>()!.Split(',').All(text => int.TryParse(text, CultureInfo.InvariantCulture, out int batch) && batch > 0), result, "batch sizes with commas") } };
        Option<string[]> text = new("--text") { Description = "instead, the perplexity of models that are trained on these files", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        foreach (Argument argument in (Argument[])[threads, batches]) command.Add(argument);
        command.Add(text);
        command.SetAction(parsed =>
        {
            if (parsed.GetRequiredValue(text) is { Length: > 0 } files) QuantizedSteps.RunOnTexts(files, Console.Out);
            else QuantizedSteps.Run(parsed.GetValue(threads), [.. parsed.GetRequiredValue(batches).Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture))], Console.Out);
        });
    }),
    Create("bits", "the width of this processor's vectors", command => command.SetAction(_ => Console.WriteLine(VectorDispatch.Bits))),
    Create("bench", "BenchmarkDotNet, with its own options", command =>
    {
        Argument<string[]> rest = new("options") { Description = "such as --filter '*Layer*'", Arity = ArgumentArity.ZeroOrMore };
        command.Add(rest);
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(parsed => { BenchmarkSwitcher.FromAssembly(typeof(PeerRunner).Assembly).Run([.. parsed.GetValue(rest) ?? [], .. parsed.UnmatchedTokens]); });
    }),
};
return root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null }).Invoke(new() { EnableDefaultExceptionHandler = false });

static Command Create(string name, string description, Action<Command> complete)
{
    var command = new Command(name, description);
    complete(command);
    return command;
}

// Commands share options, but not their defaults.
static T Given<T>(ParseResult parsed, Option<T> option, T otherwise) => parsed.GetResult(option) is null ? otherwise : parsed.GetValue(option)!;

static void RequirePositive(Symbol symbol)
{
    if (symbol is Argument argument) argument.Validators.Add(Check);
    else ((Option)symbol).Validators.Add(Check);

    static void Check(SymbolResult result) => Expect(result.Tokens.All(token => double.TryParse(token.Value, CultureInfo.InvariantCulture, out double value) && value > 0), result, "a number above 0");
}

static void Expect(bool isValid, SymbolResult result, string expected)
{
    if (!isValid) result.AddError($"Expected {expected}, got \"{string.Join(' ', result.Tokens.Select(token => token.Value))}\".");
}
