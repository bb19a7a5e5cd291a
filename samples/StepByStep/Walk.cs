using System.Globalization;
using System.Runtime.CompilerServices;
using Spectre.Console;

namespace StepByStep;

/// <summary>
/// What a reader of the walk sees: equations, the calls that are made, and each value beside the one that the notebook prints. The text of a call comes
/// from the compiler, so that it is the code that has run.
/// </summary>
internal sealed class Walk
{
    private const int ValuesPerLine = 5;

    private readonly List<Section> _sections = [];

    public IReadOnlyList<Section> Sections => _sections;

    public bool IsRight => _sections.TrueForAll(section => section.Right == section.Values);

    /// <summary>Begins a section.</summary>
    public void Begin(int number, string title)
    {
        _sections.Add(new(number, title, Values: 0, Right: 0));
        string line = $"{number}. {title}";
        AnsiConsole.WriteLine();
        AnsiConsole.MarkupLine($"[bold]{line.EscapeMarkup()}[/]");
        AnsiConsole.MarkupLine($"[grey]{new string('─', line.Length)}[/]");
    }

    public void Text(string text) => AnsiConsole.MarkupLine(text.EscapeMarkup());

    public void Equations(params ReadOnlySpan<string> equations)
    {
        AnsiConsole.WriteLine();
        foreach (string equation in equations) AnsiConsole.MarkupLine($"    [yellow]{equation.EscapeMarkup()}[/]");
        AnsiConsole.WriteLine();
    }

    /// <summary>Tells where the notebook, or an older copy of it, is wrong.</summary>
    public void Erratum(string text) => AnsiConsole.MarkupLine($"[red]Erratum.[/] {text.EscapeMarkup()}");

    /// <summary>Shows a statement with its result.</summary>
    public void Run<T>(T value, out T result, [CallerArgumentExpression(nameof(value))] string code = "", [CallerArgumentExpression(nameof(result))] string name = "")
    {
        result = value;
        Code($"{name} = {code};");
    }

    /// <summary>Runs and shows a statement without a result.</summary>
    public void Run(Action statement, [CallerArgumentExpression(nameof(statement))] string code = "")
    {
        statement();
        Code($"{code[(code.IndexOf("=>", StringComparison.Ordinal) + 3)..]};");
    }

    /// <summary>Compares values with those of the notebook, and shows them one above the other.</summary>
    /// <param name="name">What the notebook calls them.</param>
    /// <param name="values">The values.</param>
    /// <param name="printed">The notebook's, as it prints them, with spaces between them.</param>
    /// <param name="code">The expression of the values.</param>
    public void Expect(string name, IEnumerable<double> values, string printed, [CallerArgumentExpression(nameof(values))] string code = "")
    {
        PrintedValue[] expected = [.. printed.Split(' ').Select(PrintedValue.Parse)];
        double[] computed = [.. values];
        if (computed.Length != expected.Length) throw new InvalidDataException($"{name}: {computed.Length} values, but the notebook prints {expected.Length}.");
        AnsiConsole.MarkupLine($"  [bold]{name.EscapeMarkup()}[/]  [grey]{code.EscapeMarkup()}[/]");
        for (int first = 0; first < computed.Length; first += ValuesPerLine)
        {
            (PrintedValue Expected, double Value)[] line = [.. expected.Zip(computed).Skip(first).Take(ValuesPerLine)];
            bool isRight = line.All(pair => pair.Expected.Is(pair.Value));
            int width = line.Max(pair => Math.Max(pair.Expected.Text.Length, pair.Expected.Format(pair.Value).Length));
            AnsiConsole.MarkupLine($"    computed  {string.Join("  ", line.Select(pair => Colored(pair.Expected.Format(pair.Value).PadLeft(width), pair.Expected.Is(pair.Value))))}");
            AnsiConsole.MarkupLine($"    expected  {string.Join("  ", line.Select(pair => pair.Expected.Text.PadLeft(width)))}  {Mark(isRight)}");
        }

        Count(computed.Length, expected.Zip(computed).Count(pair => pair.First.Is(pair.Second)));
    }

    public void Expect(string name, double value, string printed, [CallerArgumentExpression(nameof(value))] string code = "") => Expect(name, [value], printed, code);

    /// <summary>Compares whole numbers, such as a shape, on one line.</summary>
    public void Expect(string name, IEnumerable<int> values, string printed, [CallerArgumentExpression(nameof(values))] string code = "")
    {
        string computed = string.Join(' ', values.Select(value => value.ToString(CultureInfo.InvariantCulture)));
        bool isRight = string.Equals(computed, printed, StringComparison.Ordinal);
        AnsiConsole.MarkupLine($"  [bold]{name.EscapeMarkup()}[/]  [grey]{code.EscapeMarkup()}[/]");
        AnsiConsole.MarkupLine($"    computed  {Colored(computed, isRight)}");
        AnsiConsole.MarkupLine($"    expected  {printed.EscapeMarkup()}  {Mark(isRight)}");
        Count(1, isRight ? 1 : 0);
    }

    /// <summary>Tells whether something holds that is no number of the notebook.</summary>
    public void Confirm(bool holds, string what)
    {
        AnsiConsole.MarkupLine($"  {what.EscapeMarkup()}  {Mark(holds)}");
        Count(1, holds ? 1 : 0);
    }

    private static string Colored(string text, bool isRight) => isRight ? text : $"[red]{text}[/]";

    private static string Mark(bool isRight) => isRight ? "[green]✓[/]" : "[red]✗[/]";

    private static void Code(string code) => AnsiConsole.MarkupLine($"    [blue]{code.EscapeMarkup()}[/]");

    private void Count(int values, int right)
    {
        Section last = _sections[^1];
        _sections[^1] = last with { Values = last.Values + values, Right = last.Right + right };
    }

    /// <summary>A section that has been walked through, with its values and how many of them are right.</summary>
    internal sealed record Section(int Number, string Title, int Values, int Right);
}
