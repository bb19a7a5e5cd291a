namespace RnnSharp.MicrosoftML;

/// <summary>The columns that a forecast reads and writes.</summary>
internal sealed class ForecastColumns
{
    public ForecastColumns(string inputColumnName, string outputColumnName, string? confidenceLowerBoundColumn, string? confidenceUpperBoundColumn)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(inputColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(outputColumnName);
        if (confidenceLowerBoundColumn is not null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(confidenceLowerBoundColumn);
            if (Same(confidenceLowerBoundColumn, outputColumnName)) throw new ArgumentException($"Expected another name than that of the output column, got {confidenceLowerBoundColumn}.", nameof(confidenceLowerBoundColumn));
        }

        if (confidenceUpperBoundColumn is not null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(confidenceUpperBoundColumn);
            if (Same(confidenceUpperBoundColumn, outputColumnName) || Same(confidenceUpperBoundColumn, confidenceLowerBoundColumn))
                throw new ArgumentException($"Expected a name that no other output column has, got {confidenceUpperBoundColumn}.", nameof(confidenceUpperBoundColumn));
        }

        (Input, Output, Lower, Upper) = (inputColumnName, outputColumnName, confidenceLowerBoundColumn, confidenceUpperBoundColumn);

        static bool Same(string a, string? b) => string.Equals(a, b, StringComparison.Ordinal);
    }

    public string Input { get; }

    public string Output { get; }

    public string? Lower { get; }

    public string? Upper { get; }
}
