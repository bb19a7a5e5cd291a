using RnnSharp.Recurrent;

namespace VanishingGradients;

/// <summary>A recurrent layer to compare.</summary>
/// <param name="Name">The name in tables and pictures.</param>
/// <param name="Create">Creates the layer for two inputs and a task of so many steps.</param>
internal sealed record CellKind(string Name, Func<int, int, RecurrentLayer<float>> Create)
{
    private const int Inputs = 2, Units = 64;

    public static IReadOnlyList<CellKind> All { get; } =
    [
        new("RNN", (_, seed) => new RnnLayer<float>(Inputs, Units, seed)),
        new("GRU", (_, seed) => new GruLayer<float>(Inputs, Units, seed)),
        new("LSTM", (_, seed) => new LstmLayer<float>(Inputs, Units, seed)),
        new("LSTM, chrono biases", (steps, seed) =>
        {
            var layer = new LstmLayer<float>(Inputs, Units, seed);
            layer.SetChronoBias(steps, seed);
            return layer;
        }),
    ];
}
