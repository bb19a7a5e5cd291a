using RnnSharp.Results;
using Spectre.Console;

// Lines are not wrapped for another program that reads them.
if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 10_000;
return await ResultsCommand.RunAsync(args, AnsiConsole.Console, Console.Error).ConfigureAwait(false);
