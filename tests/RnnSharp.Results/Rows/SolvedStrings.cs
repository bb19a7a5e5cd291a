using RnnSharp.Training;

namespace RnnSharp.Results.Rows;

/// <summary>
/// The share of examples that are solved at every step: each possible class (target above 0) has a higher score than every
/// impossible one.
/// </summary>
internal sealed class SolvedStrings : IMetric<float>
{
    private long _solved;
    private long _all;

    public string Name => "solved";

    public double Value => _all == 0 ? double.NaN : (double)_solved / _all;

    public void Add(Sequence<float> output, Sequence<float> target, Sequence<float>? stepWeights = null)
    {
        for (int j = 0; j < output.Batch; j++)
        {
            _all++;
            if (Enumerable.Range(0, output.LengthOf(j)).All(t => IsSolved(output, target, j, t))) _solved++;
        }
    }

    public void Reset() => (_solved, _all) = (0, 0);

    private static bool IsSolved(Sequence<float> output, Sequence<float> target, int example, int step)
    {
        float possible = float.PositiveInfinity, impossible = float.NegativeInfinity;
        for (int c = 0; c < output.Features; c++)
        {
            if (target[c, example, step] > 0) possible = Math.Min(possible, output[c, example, step]);
            else impossible = Math.Max(impossible, output[c, example, step]);
        }

        return possible > impossible;
    }
}
