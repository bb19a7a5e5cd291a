namespace RnnSharp.MicrosoftML;

/// <summary>The columns that a forecast reads and writes.</summary>
internal sealed class ForecastColumns
{
    public ForecastColumns(string input, string output, string? lower, string? upper)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(input, "inputColumnName");
        ArgumentException.ThrowIfNullOrWhiteSpace(output, "outputColumnName");
        if (lower is not null) ArgumentException.ThrowIfNullOrWhiteSpace(lower, "confidenceLowerBoundColumn");
        if (upper is not null) ArgumentException.ThrowIfNullOrWhiteSpace(upper, "confidenceUpperBoundColumn");
        if (lower == output) throw new ArgumentException($"Expected another name than that of the output column, got {lower}.", "confidenceLowerBoundColumn");
        if (upper is not null && (upper == output || upper == lower)) throw new ArgumentException($"Expected a name that no other output column has, got {upper}.", "confidenceUpperBoundColumn");
        (Input, Output, Lower, Upper) = (input, output, lower, upper);
    }

    public string Input { get; }

    public string Output { get; }

    public string? Lower { get; }

    public string? Upper { get; }
}
