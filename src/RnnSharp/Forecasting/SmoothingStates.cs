namespace RnnSharp.Forecasting;

/// <summary>Level, trend and season of exponential smoothing after a number of steps.</summary>
internal sealed class SmoothingStates
{
    private readonly SmoothingSeason _kind;
    private readonly double[] _seasons; // of step t at t modulo the length

    private SmoothingStates(SmoothingSeason kind, double[] seasons, double level, double trend, int steps)
    {
        _kind = kind;
        _seasons = seasons;
        (Level, Trend, Steps) = (level, trend, steps);
    }

    public double Level { get; private set; }

    public double Trend { get; private set; }

    /// <summary>The steps that the states have seen.</summary>
    public int Steps { get; private set; }

    /// <summary>The states that the first values of a series give.</summary>
    public static SmoothingStates Initial(ReadOnlySpan<double> values, SmoothingSeason kind, bool hasTrend, int season)
    {
        if (kind == SmoothingSeason.None)
        {
            if (!hasTrend) return new SmoothingStates(kind, [0], values[0], 0, 1);
            (double start, double rise) = Line(values[..Math.Min(10, values.Length)]);
            return new SmoothingStates(kind, [0], start, rise, 0);
        }

        (double[] trend, double[] seasons) = Decompose(values[..(2 * season)], kind, season);
        (double level, double slope) = Line(trend);
        return new SmoothingStates(kind, seasons, level, hasTrend ? slope : 0, season);
    }

    public SmoothingStates Copy() => new(_kind, [.. _seasons], Level, Trend, Steps);

    public void CopyTo(SmoothingStates other)
    {
        _seasons.CopyTo(other._seasons, 0);
        (other.Level, other.Trend, other.Steps) = (Level, Trend, Steps);
    }

    /// <summary>The season of the step h + 1 after those seen.</summary>
    public double SeasonAhead(int h) => _seasons[(Steps + h) % _seasons.Length];

    /// <summary>Goes on to the end of a series and returns the sum of the squared errors.</summary>
    public double Run(ReadOnlySpan<double> values, SmoothingParameters parameters)
    {
        (double alpha, double beta, double gamma, double phi) = parameters;
        double level = Level, trend = Trend, squares = 0;
        int at = Steps % _seasons.Length;
        foreach (double y in values[Steps..])
        {
            ref double season = ref _seasons[at];
            double old = level, line = level + phi * trend;
            double error = y - (_kind == SmoothingSeason.Multiplicative ? line * season : line + season);
            squares += error * error;
            level = alpha * (_kind == SmoothingSeason.Multiplicative ? y / season : y - season) + (1 - alpha) * line;
            trend = beta * (level - old) + (1 - beta) * phi * trend;
            if (_kind != SmoothingSeason.None) season = gamma * (_kind == SmoothingSeason.Multiplicative ? y / level : y - level) + (1 - gamma) * season;
            if (++at == _seasons.Length) at = 0;
        }

        (Level, Trend, Steps) = (level, trend, values.Length);
        return squares;
    }

    /// <summary>Classical decomposition as R's decompose: a centred moving average over a season, and the mean of what it leaves at each place of the season.</summary>
    private static (double[] Trend, double[] Seasons) Decompose(ReadOnlySpan<double> values, SmoothingSeason kind, int season)
    {
        int half = season / 2;
        var trend = new double[values.Length - 2 * half];
        double[] seasons = new double[season], counts = new double[season];
        for (int i = 0; i < trend.Length; i++)
        {
            int centre = i + half;
            double sum = 0;
            for (int j = -half; j <= half; j++) sum += values[centre + j] * (season % 2 == 0 && Math.Abs(j) == half ? 0.5 : 1);
            trend[i] = sum / season;
            seasons[centre % season] += kind == SmoothingSeason.Multiplicative ? values[centre] / trend[i] : values[centre] - trend[i];
            counts[centre % season]++;
        }

        double mean = 0;
        for (int i = 0; i < season; i++) mean += (seasons[i] /= counts[i]) / season;
        for (int i = 0; i < season; i++) seasons[i] = kind == SmoothingSeason.Multiplicative ? seasons[i] / mean : seasons[i] - mean;
        return (trend, seasons);
    }

    /// <summary>The line of least squares through values at 1, 2, …: its value at 0 and its slope.</summary>
    private static (double Start, double Slope) Line(ReadOnlySpan<double> values)
    {
        double centre = (values.Length + 1) / 2.0, mean = 0, products = 0, squares = 0;
        foreach (double value in values) mean += value / values.Length;
        for (int i = 0; i < values.Length; i++)
        {
            products += (i + 1 - centre) * (values[i] - mean);
            squares += (i + 1 - centre) * (i + 1 - centre);
        }

        double slope = squares == 0 ? 0 : products / squares;
        return (mean - slope * centre, slope);
    }
}
