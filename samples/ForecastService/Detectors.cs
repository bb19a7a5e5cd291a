using RnnSharp;

namespace ForecastService;

/// <summary>Scores each point by its distance from the network's forecast.</summary>
internal sealed class Detector(ILayer<float> network)
{
    private readonly Stepper<float> _stepper = network.CreateStepper();

    public float Score(float value)
    {
        float score = _stepper.Steps == 0 ? 0 : PumpModel.Score(value, _stepper.Output);
        _stepper.Step(new[] { value });
        return score;
    }
}

/// <summary>Scores each point by its distance from the linear model's forecast.</summary>
internal sealed class LinearDetector(LinearModel model)
{
    private readonly List<float> _values = [];

    /// <summary>The forecast of the next point; NaN while there are too few.</summary>
    public float Next { get; private set; } = float.NaN;

    public float Score(float value)
    {
        float score = float.IsNaN(Next) ? 0 : MathF.Abs(value - Next) / model.Sigma;
        if (_values.Count == LinearModel.Lags) _values.RemoveAt(0);
        _values.Add(value);
        if (_values.Count == LinearModel.Lags) Next = model.Next(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_values));
        return score;
    }
}

/// <summary>Scores each point by its distance from the last.</summary>
internal sealed class LastPoint
{
    private float _last = float.NaN;

    public float Score(float value)
    {
        float score = float.IsNaN(_last) ? 0 : MathF.Abs(value - _last);
        _last = value;
        return score;
    }
}

/// <summary>Scores each point by its distance from the mean of the last hundred, in their standard deviations.</summary>
internal sealed class MovingZScore
{
    private const int Window = 100;
    private readonly Queue<float> _values = new();

    public float Score(float value)
    {
        float score = 0;
        if (_values.Count == Window)
        {
            float mean = _values.Average(), deviation = MathF.Sqrt(_values.Average(other => (other - mean) * (other - mean)));
            score = MathF.Abs(value - mean) / deviation;
            _values.Dequeue();
        }

        _values.Enqueue(value);
        return score;
    }
}
