namespace RnnSharp.Tests.Training;

/// <summary>The probabilities of all label sequences by enumeration of all alignments, for tiny examples.</summary>
internal static class CtcOracle
{
    /// <summary>Every label sequence of a single example with its probability, the most likely first.</summary>
    public static (int[] Labels, double Probability)[] Probabilities(Sequence<double> scores, int blank)
    {
        int classes = scores.Features, steps = scores.Steps;
        double[][] probabilities = Softmax(scores);
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

    /// <summary>Prefix beam search over strings, in probabilities, as Hannun et al. (2014) state it.</summary>
    public static (int[] Labels, double Probability)[] Beam(Sequence<double> scores, int blank, int width)
    {
        var beams = new Dictionary<string, (double Blank, double Label)>(StringComparer.Ordinal) { [""] = (1, 0) };
        foreach (double[] p in Softmax(scores))
        {
            var next = new Dictionary<string, (double Blank, double Label)>(StringComparer.Ordinal);
            foreach ((string prefix, (double endsInBlank, double endsInLabel)) in beams)
            {
                for (int c = 0; c < p.Length; c++)
                {
                    char symbol = (char)('0' + c);
                    if (c == blank)
                    {
                        Add(prefix, (endsInBlank + endsInLabel) * p[c], 0);
                    }
                    else if (prefix.EndsWith(symbol))
                    {
                        Add(prefix, 0, endsInLabel * p[c]);
                        Add(prefix + symbol, 0, endsInBlank * p[c]);
                    }
                    else
                    {
                        Add(prefix + symbol, 0, (endsInBlank + endsInLabel) * p[c]);
                    }
                }
            }

            beams = next.OrderByDescending(entry => entry.Value.Blank + entry.Value.Label).Take(width).ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);

            void Add(string prefix, double endingInBlank, double endingInLabel)
            {
                (double a, double b) = next.GetValueOrDefault(prefix);
                next[prefix] = (a + endingInBlank, b + endingInLabel);
            }
        }

        return [.. beams.Select(entry => (entry.Key.Select(c => c - '0').ToArray(), entry.Value.Blank + entry.Value.Label)).Where(entry => entry.Item2 > 0).OrderByDescending(entry => entry.Item2)];
    }

    private static double[][] Softmax(Sequence<double> scores)
    {
        var probabilities = new double[scores.Steps][];
        for (int t = 0; t < scores.Steps; t++)
        {
            double[] e = [.. scores.Step(t).ToArray().Select(Math.Exp)];
            probabilities[t] = [.. e.Select(value => value / e.Sum())];
        }

        return probabilities;
    }
}
