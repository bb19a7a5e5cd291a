using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using System.Text;
using RnnSharp.Training;
using Spectre.Console;

namespace Samples;

/// <summary>What the command lines of the samples have in common: options with a range, errors in one line, and the exit codes 0, 1 (it failed) and 2 (wrong arguments).</summary>
internal static class Sample
{
    public static readonly Option<bool> Quick = new("--quick") { Description = "a small and short run, to try out the program" };

    public static readonly Option<int> Seed = Number("--seed", "random seed; the same seed gives the same run", 0, 1_000_000, 1);

    /// <summary>Parses and runs a command with the invariant culture; Ctrl-C cancels the token of an asynchronous action.</summary>
    public static async Task<int> RunAsync(RootCommand command, string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        if (Console.IsOutputRedirected) (AnsiConsole.Profile.Capabilities.Ansi, AnsiConsole.Profile.Width) = (false, 200);
        ParseResult parsed = command.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors is [var error, ..])
        {
            await Console.Error.WriteLineAsync($"{error.Message} (--help shows the options)").ConfigureAwait(false);
            return 2;
        }

        try
        {
            return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromMinutes(1) }).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return 130; // ended by Ctrl-C, as shells have it
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException or NonFiniteException)
        {
            string hint = exception is NonFiniteException ? "Training has diverged: try a lower learning rate. " : "";
            await Console.Error.WriteLineAsync($"{hint}{exception.Message}").ConfigureAwait(false);
            return 1;
        }
    }

    /// <summary>A number within a range.</summary>
    /// <param name="name">The name, with its dashes.</param>
    /// <param name="description">What it does; the range is added to it.</param>
    /// <param name="min">The lowest number.</param>
    /// <param name="max">The highest number.</param>
    /// <param name="value">The default.</param>
    /// <param name="quick">The default in a <see cref="Quick"/> run.</param>
    public static Option<T> Number<T>(string name, string description, T min, T max, T value, T? quick = null)
        where T : struct, INumber<T>
    {
        string range = string.Create(CultureInfo.InvariantCulture, $"{min} to {max}");
        return new(name)
        {
            Description = $"{description}, {range}",
            HelpName = "N",
            DefaultValueFactory = result => quick is { } small && result.GetValue(Quick) ? small : value,
            CustomParser = result =>
            {
                bool isNumber = T.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out T number);
                Expect(isNumber && number >= min && number <= max, name, $"a {(value is int ? "whole " : "")}number from {range}", result);
                return number;
            },
        };
    }

    /// <summary>A path of a file or folder.</summary>
    public static Option<string?> Path(string name, string description, string? value = null, string kind = "FILE") => new(name)
    {
        Description = description,
        HelpName = kind,
        DefaultValueFactory = value is null ? null : _ => value,
        Validators = { result => Expect(result.Tokens.All(token => token.Value.Length > 0 && !token.Value.StartsWith("--", StringComparison.Ordinal)), name, $"a {kind.ToLowerInvariant()}", result) },
    };

    /// <summary>Refuses a command line in which two options name the same file.</summary>
    public static void RequireDifferent(Command command, params Option<string?>[] files) => command.Validators.Add(result =>
    {
        string[] paths = [.. files.Select(result.GetValue).Where(path => path is { Length: > 0 }).Select(path => System.IO.Path.GetFullPath(path!))];
        if (paths.Distinct(StringComparer.Ordinal).Count() < paths.Length) result.AddError($"{string.Join(", ", files.Select(file => file.Name))} must be different files.");
    });

    /// <summary>Refuses a command line in which an option is given together with one that it makes useless.</summary>
    public static void RequireWithout(Command command, Option option, params Option[] useless) => command.Validators.Add(result =>
    {
        if (IsGiven(option) && useless.FirstOrDefault(IsGiven) is { } other) result.AddError($"{option.Name} cannot be combined with {other.Name}.");

        bool IsGiven(Option it) => result.GetResult(it) is { Implicit: false };
    });

    /// <summary>The path of a file in a folder, without the dot of the current one.</summary>
    public static string FileIn(string folder, string file) => folder is "." ? file : System.IO.Path.Combine(folder, file);

    /// <summary>Creates a folder for files to write.</summary>
    /// <exception cref="IOException">It cannot be created.</exception>
    public static void RequireFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException(File.Exists(folder) ? $"Cannot write into {folder}: it is a file." : $"Cannot write into {folder}: {exception.Message}", exception);
        }
    }

    /// <summary>Reports a path that cannot be written before the work, not after it. Null is no path.</summary>
    /// <exception cref="IOException">A path cannot be written.</exception>
    public static void RequireWritable(params ReadOnlySpan<string?> paths)
    {
        foreach (string? path in paths)
        {
            if (path is null) continue;
            try
            {
                new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0, File.Exists(path) ? FileOptions.None : FileOptions.DeleteOnClose).Dispose();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new IOException(Directory.Exists(path) ? $"Cannot write {path}: it is a folder." : $"Cannot write {path}: {exception.Message}", exception);
            }
        }
    }

    /// <summary>Tells that a quick run proves nothing.</summary>
    public static void WarnIfQuick(ParseResult options)
    {
        if (options.GetValue(Quick)) Console.WriteLine("A quick run is too short to show what the network can do.");
    }

    /// <summary>A table whose first column is to the left and whose others are to the right.</summary>
    public static Table Table(params ReadOnlySpan<string> columns)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (string column in columns) table.AddColumn(new TableColumn(column.EscapeMarkup()) { Alignment = table.Columns.Count == 0 ? Justify.Left : Justify.Right });
        return table;
    }

    private static void Expect(bool isValid, string name, string expected, SymbolResult result)
    {
        if (!isValid) result.AddError($"{name} expects {expected}, got \"{result.Tokens[0].Value}\".");
    }
}
