namespace RnnSharp.Tests.Training;

/// <summary>The probabilities of all label sequences by enumeration of all alignments, for tiny examples.</summary>
internal static class CtcOracle
{
    /// <summary>Every label sequence of a single example with its probability, the most likely first.</summary>
    public static (int[] Labels, double Probability)[] Probabilities(Sequence<double> scores, int blank)
    {
        int classes = scores.Features, steps = scores.Steps;
        var probabilities = new double[steps][];
        for (int t = 0; t < steps; t++)
        {
            double[] e = [.. scores.Step(t).ToArray().Select(Math.Exp)];
            probabilities[t] = [.. e.Select(value => value / e.Sum())];
        }

        var sums = new Dictionary<string, double>(StringComparer.Ordinal);
        long alignments = (long)Math.Pow(classes, steps);
        for (long number = 0; number < alignments; number++)
        {
            double probability = 1;
            string labels = "";
            int previous = -1;
            long rest = number;
            for (int t = 0; t < steps; t++, rest /= classes)
            {
                int symbol = (int)(rest % classes);
                probability *= probabilities[t][symbol];
                if (symbol != blank && symbol != previous) labels += (char)('0' + symbol);
                previous = symbol;
            }

            sums[labels] = sums.GetValueOrDefault(labels) + probability;
        }

        return [.. sums.Select(entry => (entry.Key.Select(c => c - '0').ToArray(), entry.Value)).OrderByDescending(entry => entry.Value)];
    }
}
