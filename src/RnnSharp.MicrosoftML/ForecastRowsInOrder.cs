using Microsoft.ML;

namespace RnnSharp.MicrosoftML;

/// <summary>
/// The output of the stages, with the forecast of each row read, in order, whatever a consumer reads. ML.NET calls a mapping with a state only
/// for the rows whose output is read, so the points of the others would be lost; and it fails where none of a mapping's columns is read.
/// </summary>
internal sealed class ForecastRowsInOrder(IDataView rows, string forecast) : IDataView
{
    private readonly DataViewSchema.Column _forecast = rows.Schema[forecast];

    /// <summary>Never: the rows are a series.</summary>
    public bool CanShuffle => false;

    public DataViewSchema Schema => rows.Schema;

    public long? GetRowCount() => rows.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        DataViewSchema.Column[] needed = [.. columnsNeeded];
        return new ForecastCursor(rows.GetRowCursor([.. needed, _forecast]), needed, _forecast);
    }

    /// <summary>One cursor, because each row needs those before it.</summary>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded)];
}
