using RnnSharp.Numerics;

namespace RnnSharp.Results;

/// <summary>
/// The embedded Reber grammar (Cleeremans, Servan-Schreiber and McClelland 1989): B, then T or P, a string of the Reber grammar, the same T or P
/// again, and E.
/// </summary>
internal static class ReberGrammar
{
    /// <summary>The symbols in the order of their tokens.</summary>
    public const string Symbols = "BTPSXVE";

    private const int Final = 7;

    // For each state of the inner grammar the symbols that may follow, with the state that each leads to.
    private static readonly (char Symbol, int Next)[][] Graph =
    [
        [('B', 1)],
        [('T', 2), ('P', 3)],
        [('S', 2), ('X', 4)],
        [('T', 3), ('V', 5)],
        [('X', 3), ('S', 6)],
        [('P', 4), ('V', 6)],
        [('E', Final)],
    ];

    /// <summary>Draws a string; both symbols of a choice are equally likely.</summary>
    /// <returns>The string, and for each symbol but the first all symbols that the grammar allows there.</returns>
    public static (string Text, string[] Possible) Draw(FastRandom random)
    {
        char outer = "TP"[random.Next(2)];
        string text = $"B{outer}";
        List<string> possible = ["TP"];
        for (int state = 0; state != Final;)
        {
            (char Symbol, int Next)[] choices = Graph[state];
            possible.Add(string.Concat(choices.Select(choice => choice.Symbol)));
            (char symbol, state) = choices[random.Next(choices.Length)];
            text += symbol;
        }

        return ($"{text}{outer}E", [.. possible, $"{outer}", "E"]);
    }
}
