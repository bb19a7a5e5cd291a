namespace StringCalculator;

/// <summary>What answers can be had by looking up known problems.</summary>
internal static class Baselines
{
    /// <summary>For each problem, the answer of the known one with the same sign whose numbers differ least in sum.</summary>
    public static string[] Nearest(IReadOnlyList<Problem> known, IReadOnlyList<Problem> problems) =>
        [.. problems.Select(problem => known.Where(other => other.Sign == problem.Sign).MinBy(other => Math.Abs(other.Left - problem.Left) + Math.Abs(other.Right - problem.Right)).Answer)];

    /// <summary>For each problem, the most frequent answer to all known ones with the same sign.</summary>
    public static string[] MostFrequent(IReadOnlyList<Problem> known, IReadOnlyList<Problem> problems)
    {
        Dictionary<char, string> frequent = known.GroupBy(problem => problem.Sign).ToDictionary(group => group.Key, group => group.GroupBy(problem => problem.Value).MaxBy(same => same.Count())!.First().Answer);
        return [.. problems.Select(problem => frequent[problem.Sign])];
    }
}
