using RnnSharp.Tool;
using Spectre.Console;

return RnnSharpCommand.Run(args, AnsiConsole.Console, Console.Error);
