using System.Text;
using System.Text.RegularExpressions;
using FluentAssertions;
using RnnSharp.Results.Rows;
using RnnSharp.Tests.Serialization;
using Spectre.Console;
using Xunit;

namespace RnnSharp.Results.Tests;

/// <summary>The command line: quick runs, exit codes, messages, checkpoints.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("parity")]
    [InlineData("passengers")]
    [InlineData("reber")]
    [InlineData("jsb")]
    [InlineData("shakespeare-3min")]
    public async Task A_quick_run_prints_our_figure_beside_the_published_one(string name)
    {
        ResultRow row = AllRows.Rows.Single(row => string.Equals(row.Name, name, StringComparison.Ordinal));
        string[] data = row.Data is null ? [] : ["--data", SampleOf(name)];
        (int code, string output, string error) = await Run([name, "--quick", .. data]);
        error.Should().BeEmpty();
        code.Should().Be(ResultsCommand.Met, "a quick run judges nothing");
        output.Should().Contain("Published").And.Contain("RnnSharp").And.Contain("Trained in").And.NotContain("not met");
        foreach (Figure figure in row.Figures) output.Should().MatchRegex($"{Regex.Escape(figure.Name)} +{Regex.Escape(figure.Published)}");
    }

    [Fact]
    public async Task A_run_with_checkpoints_is_continued()
    {
        (_, string first, _) = await Run(["parity", "--quick", "--checkpoints", _folder.FullName]);
        (int code, string second, _) = await Run(["parity", "--quick", "--checkpoints", _folder.FullName]);
        first.Should().NotContain("continuing");
        second.Should().Contain("continuing after step 4");
        code.Should().Be(ResultsCommand.Met);
        Figure(second).Should().Be(Figure(first), "the weights are the same");

        static string Figure(string output) => output.Split('\n').Single(line => line.Contains("100.0", StringComparison.Ordinal) && line.Contains("correct at", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Seeds_repeat_a_run()
    {
        string a = Losses(await Run(["parity", "--quick", "--seed", "5"])), b = Losses(await Run(["parity", "--quick", "--seed", "5"])), c = Losses(await Run(["parity", "--quick", "--seed", "6"]));
        b.Should().Be(a);
        c.Should().NotBe(a);

        static string Losses((int Code, string Output, string Error) run) => string.Concat(run.Output.Split('\n').Single(line => line.StartsWith("epoch", StringComparison.Ordinal)).TakeWhile((_, i) => i < 80));
    }

    [Fact]
    public void Figures_are_judged_by_the_exit_code()
    {
        ResultRow Row(double value) => new("row", "A row") { Figures = [new Figure("loss", "1.5")], Protocol = "", Source = "", Run = run => run.Report("loss", value) };
        ResultsCommand.Run(Row(1.5), new RowSettings(1), Console(out _), CancellationToken.None).Should().Be(ResultsCommand.Met);
        ResultsCommand.Run(Row(1.6), new RowSettings(1), Console(out StringBuilder output), CancellationToken.None).Should().Be(ResultsCommand.NotMet);
        output.ToString().Should().Contain("not met");
        ResultsCommand.Run(Row(1.6), new RowSettings(1) { Quick = true }, Console(out _), CancellationToken.None).Should().Be(ResultsCommand.Met);
    }

    [Fact]
    public async Task A_missing_or_damaged_file_and_a_wrong_option_are_told_with_the_exit_code_2()
    {
        (int code, _, string error) = await Run(["jsb", "--data", Path.Combine(_folder.FullName, "none.json")]);
        (code, error.Contains("none.json", StringComparison.Ordinal)).Should().Be((ResultsCommand.Failed, true));
        (code, _, error) = await Run(["jsb", "--data", _folder.Write("bad.json", "{}"u8)]);
        (code, error.Contains("train", StringComparison.Ordinal)).Should().Be((ResultsCommand.Failed, true));
        (code, _, error) = await Run(["digits-gru", "--data", _folder.FullName]);
        (code, error.Contains("train-images-idx3-ubyte", StringComparison.Ordinal)).Should().Be((ResultsCommand.Failed, true));
        (await Run(["jsb"])).Code.Should().Be(ResultsCommand.Failed);
        (await Run(["no-such-row"])).Code.Should().Be(ResultsCommand.Failed);
        (await Run(["parity", "--quick", "--threads", "0"])).Code.Should().Be(ResultsCommand.Failed);
    }

    [Fact]
    public async Task List_shows_every_row_with_its_figures_and_command()
    {
        (int code, string output, _) = await Run(["list"]);
        code.Should().Be(0);
        foreach (ResultRow row in AllRows.Rows) output.Should().Contain(row.Title).And.Contain(row.Protocol).And.Contain(row.Source).And.Contain($"-- {row.Name}").And.Contain(row.Figures[0].Published);
    }

    [Fact]
    public void Names_are_unique() => AllRows.Rows.Select(row => row.Name).Should().OnlyHaveUniqueItems();

    private string SampleOf(string name) => name is "jsb"
        ? _folder.Write("chorales.json", """{"train": [[[1], [2], [3]], [[4], [5]]], "validation": [[[1], [2]]], "test": [[[1], [2], [3]]]}"""u8)
        : _folder.Write("text.txt", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("To be, or not to be, that is the question. ", 300))));

    private static async Task<(int Code, string Output, string Error)> Run(string[] arguments)
    {
        IAnsiConsole console = Console(out StringBuilder output);
        using var error = new StringWriter();
        int code = await ResultsCommand.RunAsync(arguments, console, error).ConfigureAwait(false);
        return (code, output.ToString(), error.ToString());
    }

    private static IAnsiConsole Console(out StringBuilder output)
    {
        output = new StringBuilder();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(new StringWriter(output)) });
        console.Profile.Width = 10_000;
        return console;
    }
}
