using System.CommandLine;
using System.CommandLine.Help;
using RnnSharp.Tool.Commands;
using Spectre.Console;

namespace RnnSharp.Tool;

/// <summary>The command line. A file that cannot be used ends the program with a message and the exit code 2.</summary>
internal static class RnnSharpCommand
{
    public const int Failed = 2;

    public static int Run(string[] arguments, IAnsiConsole console, TextWriter error)
    {
        // Not a RootCommand, whose name in the help is the assembly's.
        var root = new Command("rnnsharp", "Shows, converts and compares files of recurrent models.")
        {
            new HelpOption(),
            new VersionOption(),
            Inspect(console, error),
            Convert(console, error),
            Diff(console, error),
        };
        ParseResult parsed = root.Parse(arguments);
        int code = parsed.Invoke(new InvocationConfiguration { Error = error });
        return parsed.Errors.Count > 0 ? Failed : code;
    }

    private static Command Inspect(IAnsiConsole console, TextWriter error)
    {
        Argument<string> file = new("file") { Description = "A model file." };
        var command = new Command("inspect", "Shows the layers, tensors, metadata and checksum of a file.") { file };
        command.SetAction(result => Guarded(error, () => InspectCommand.Run(result.GetRequiredValue(file), console)));
        return command;
    }

    private static Command Convert(IAnsiConsole console, TextWriter error)
    {
        Argument<string> source = new("source") { Description = "A model file." };
        Argument<string> target = new("target") { Description = "The file to write; the ending of its name tells the format." };
        Option<bool> isDouble = new("--double") { Description = "Reads and writes double precision, also where the source holds single precision." };
        Option<bool> modelOnly = new("--model-only") { Description = "Leaves out what a file computes besides its layers, such as a final softmax." };
        Option<bool> force = new("--force") { Description = "Replaces the target if it exists." };
        var command = new Command("convert", "Converts a model from one format to another.") { source, target, isDouble, modelOnly, force };
        command.SetAction(result => Guarded(error, () => ConvertCommand.Run(result.GetRequiredValue(source), result.GetRequiredValue(target), result.GetValue(isDouble), result.GetValue(force), result.GetValue(modelOnly), console)));
        return command;
    }

    private static Command Diff(IAnsiConsole console, TextWriter error)
    {
        Argument<string> first = new("first") { Description = "A model file." };
        Argument<string> second = new("second") { Description = "Another one, of any format." };
        Option<double> tolerance = new("--tolerance") { Description = "The largest absolute difference of two values that counts as none, 0 or more.", DefaultValueFactory = _ => 0 };
        tolerance.Validators.Add(result =>
        {
            if (!(result.GetValueOrDefault<double>() >= 0)) result.AddError("Expected a tolerance of 0 or more.");
        });
        var command = new Command("diff", "Compares two models parameter by parameter. The exit code is 0 if they are equal, and 1 if they differ.") { first, second, tolerance };
        command.SetAction(result => Guarded(error, () => DiffCommand.Run(result.GetRequiredValue(first), result.GetRequiredValue(second), result.GetValue(tolerance), console)));
        return command;
    }

    private static int Guarded(TextWriter error, Func<int> run)
    {
        try
        {
            return run();
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            error.WriteLine($"rnnsharp: {exception.Message}");
            return Failed;
        }
    }
}
