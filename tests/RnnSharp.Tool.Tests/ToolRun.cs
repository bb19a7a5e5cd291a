using Spectre.Console;

namespace RnnSharp.Tool.Tests;

/// <summary>A run of the program in this process: its exit code and what it printed.</summary>
internal sealed record ToolRun(int Code, string Output, string Error)
{
    public static ToolRun Of(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 1000;
        int code = RnnSharpCommand.Run(arguments, console, error);
        return new(code, output.ToString(), error.ToString());
    }
}
