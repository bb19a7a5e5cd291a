namespace RnnSharp.Forecasting;

/// <summary>How <see cref="CalendarFeatures"/> turns a field into numbers.</summary>
public enum CalendarEncoding
{
    /// <summary>Sine and cosine of the field as a part of its period, so that the last value is next to the first: two columns.</summary>
    SineCosine,

    /// <summary>-0.5 for the first value of the field to 0.5 for the last, as in GluonTS and Informer: one column.</summary>
    Scaled,
}
