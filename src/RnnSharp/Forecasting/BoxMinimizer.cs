namespace RnnSharp.Forecasting;

/// <summary>
/// Minimizes a function of few variables within bounds: from the best points of a grid, by the simplex method of Nelder and Mead (1965) with
/// points held within the bounds. Deterministic.
/// </summary>
internal static class BoxMinimizer
{
    private const int Starts = 3;
    private const int MostRounds = 1000;
    private static readonly double[] Grid = [0.05, 0.2, 0.5, 0.8, 0.95];

    /// <summary>Returns the best point found. A function value that is not finite counts as worst.</summary>
    public static double[] Minimize(Func<double[], double> function, IReadOnlyList<(double Least, double Most)> box)
    {
        if (box.Count == 0) return [];
        var unit = new Vertex[(int)Math.Pow(Grid.Length, box.Count)];
        for (int i = 0; i < unit.Length; i++)
        {
            var point = new double[box.Count];
            for (int d = 0, rest = i; d < point.Length; d++, rest /= Grid.Length) point[d] = Grid[rest % Grid.Length];
            unit[i] = At(point);
        }

        Vertex best = unit[0];
        foreach (Vertex start in unit.OrderBy(vertex => vertex.Value).Take(Starts))
        {
            // A second simplex around the first one's result: a simplex can collapse onto a bound.
            Vertex found = Descend(At, Descend(At, start, 0.1), 0.05);
            if (found.Value < best.Value) best = found;
        }

        return Scaled(best.Point);

        Vertex At(double[] point)
        {
            for (int d = 0; d < point.Length; d++) point[d] = Math.Clamp(point[d], 0, 1);
            double value = function(Scaled(point));
            return new Vertex(point, double.IsFinite(value) ? value : double.PositiveInfinity);
        }

        double[] Scaled(double[] point)
        {
            var scaled = new double[point.Length];
            for (int d = 0; d < scaled.Length; d++) scaled[d] = box[d].Least + point[d] * (box[d].Most - box[d].Least);
            return scaled;
        }
    }

    private static Vertex Descend(Func<double[], Vertex> at, Vertex start, double size)
    {
        int n = start.Point.Length;
        var simplex = new Vertex[n + 1];
        simplex[0] = start;
        for (int d = 0; d < n; d++)
        {
            double[] point = [.. start.Point];
            point[d] += point[d] > 0.5 ? -size : size;
            simplex[d + 1] = at(point);
        }

        for (int round = 0; round < MostRounds; round++)
        {
            Array.Sort(simplex, static (a, b) => a.Value.CompareTo(b.Value));
            if (Diameter(simplex) < 1e-10) break;
            Vertex worst = simplex[n], reflected = at(Along(simplex, -1));
            if (reflected.Value < simplex[0].Value)
            {
                Vertex expanded = at(Along(simplex, -2));
                simplex[n] = expanded.Value < reflected.Value ? expanded : reflected;
                continue;
            }

            if (reflected.Value < simplex[n - 1].Value)
            {
                simplex[n] = reflected;
                continue;
            }

            Vertex contracted = at(Along(simplex, reflected.Value < worst.Value ? -0.5 : 0.5));
            if (contracted.Value < Math.Min(worst.Value, reflected.Value))
            {
                simplex[n] = contracted;
                continue;
            }

            for (int v = 1; v <= n; v++) simplex[v] = at([.. simplex[v].Point.Zip(simplex[0].Point, static (own, best) => best + 0.5 * (own - best))]);
        }

        Array.Sort(simplex, static (a, b) => a.Value.CompareTo(b.Value));
        return simplex[0];
    }

    /// <summary>The point on the line from the centre of all vertices but the worst, at 0, to the worst, at 1.</summary>
    private static double[] Along(Vertex[] simplex, double position)
    {
        int n = simplex.Length - 1;
        var point = new double[n];
        for (int d = 0; d < n; d++)
        {
            double centre = 0;
            for (int v = 0; v < n; v++) centre += simplex[v].Point[d] / n;
            point[d] = centre + position * (simplex[n].Point[d] - centre);
        }

        return point;
    }

    private static double Diameter(Vertex[] simplex)
    {
        double largest = 0;
        foreach (Vertex vertex in simplex)
        {
            for (int d = 0; d < vertex.Point.Length; d++) largest = Math.Max(largest, Math.Abs(vertex.Point[d] - simplex[0].Point[d]));
        }

        return largest;
    }

    private readonly record struct Vertex(double[] Point, double Value);
}
