using System.CommandLine;
using Samples;
using Spectre.Console;
using StepByStep;

(string Title, Action<Walk> Show)[] sections =
[
    ("Softmax and sigmoid", HelperLessons.Activations),
    ("A cell of a recurrent network: rnn_cell_forward", RnnLessons.CellForward),
    ("A sequence: rnn_forward", RnnLessons.Forward),
    ("A cell of an LSTM: lstm_cell_forward", LstmLessons.CellForward),
    ("A sequence through an LSTM: lstm_forward", LstmLessons.Forward),
    ("Backward through one step: rnn_cell_backward", RnnLessons.CellBackward),
    ("Backward through time: rnn_backward", RnnLessons.Backward),
    ("Backward through one step of an LSTM: lstm_cell_backward", LstmLessons.CellBackward),
    ("Backward through time in an LSTM: lstm_backward", LstmLessons.Backward),
    ("Adam: update_parameters_with_adam", TrainingLessons.Adam),
    ("Clipping: clip", TrainingLessons.Clip),
    ("Writing: sample", TrainingLessons.Sample),
    ("A training step: optimize", TrainingLessons.Optimize),
];
(string Section, string Notebook, string Here)[] errata =
[
    ("1", "softmax subtracts one maximum of the whole matrix: a column far below it becomes NaN", "the maximum of each column"),
    ("1", "sigmoid overflows and loses the negative tail", "exact to the smallest numbers"),
    ("5", "lstm_forward always starts from c = 0", "the initial state is a and c, both with gradients"),
    ("6", "older copies: rnn_cell_backward with a stale ba", "the values for the bias as drawn"),
    ("9", "older copies: lstm_backward drops the carried gradients", "the gradient, as central differences confirm"),
    ("10", "Adam has its epsilon inside the root", "the published method; the notebook's on request"),
];

Option<int> only = Sample.Number("--section", "show only this section, 0 for all", 0, sections.Length, 0);
Option<string?> picture = Sample.Path("--picture", "write the gates and states of an LSTM to this SVG file", "gates.svg");
var command = new RootCommand("Walks through the course notebook \"Building a recurrent neural network, step by step\": equation, call, and each value beside the one that the notebook prints. It exits with 1 if any value differs.") { only, picture };
command.SetAction(Run);
return await Sample.RunAsync(command, args).ConfigureAwait(false);

int Run(ParseResult options)
{
    string path = options.GetValue(picture)!;
    Sample.RequireWritable(path);
    AnsiConsole.Profile.Width = Console.IsOutputRedirected ? 120 : Math.Min(AnsiConsole.Profile.Width, 120);
    var walk = new Walk();
    foreach ((int i, (string title, Action<Walk> show)) in sections.Index())
    {
        if (options.GetValue(only) is not 0 and var number && number != i + 1) continue;
        walk.Begin(i + 1, title);
        show(walk);
    }

    File.WriteAllText(path, GatePicture.Draw());
    AnsiConsole.WriteLine();
    AnsiConsole.MarkupLine("[bold]Where the notebook errs, and what RnnSharp does[/]");
    Table table = Sample.Table("notebook", "RnnSharp", "section");
    table.Columns[1].Alignment = Justify.Left;
    foreach ((string section, string notebook, string here) in errata) table.AddRow(notebook.EscapeMarkup(), here.EscapeMarkup(), section);
    AnsiConsole.Write(table);

    table = Sample.Table("section", "values", "equal");
    foreach (Walk.Section section in walk.Sections) table.AddRow($"{section.Number}. {section.Title}".EscapeMarkup(), $"{section.Values}", section.Right == section.Values ? $"[green]{section.Right}[/]" : $"[red]{section.Right}[/]");
    AnsiConsole.Write(table);
    (int values, int right) = (walk.Sections.Sum(section => section.Values), walk.Sections.Sum(section => section.Right));
    AnsiConsole.MarkupLine(walk.IsRight ? $"[green]All {values} values are as expected.[/]" : $"[red]{values - right} of {values} values differ from those expected.[/]");
    Console.WriteLine($"The gates and states of an LSTM on the way through section 5, and the gradients on the way back: {path}");
    return walk.IsRight ? 0 : 1;
}
