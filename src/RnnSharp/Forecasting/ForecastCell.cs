namespace RnnSharp.Forecasting;

/// <summary>The recurrent layers of a <see cref="Forecaster"/> or a <see cref="DeepAr"/>.</summary>
public enum ForecastCell
{
    /// <summary>Gated recurrent units.</summary>
    Gru,

    /// <summary>Long short-term memory.</summary>
    Lstm,
}
