using Microsoft.ML;
using Microsoft.ML.Data;

namespace RnnSharp.MicrosoftML;

/// <summary>A cursor that reads the forecast of each row, so that the row's point is added to the series.</summary>
internal sealed class ForecastCursor(DataViewRowCursor rows, DataViewSchema.Column[] needed, DataViewSchema.Column forecast) : DataViewRowCursor
{
    private readonly ValueGetter<VBuffer<float>> _read = rows.GetGetter<VBuffer<float>>(forecast);
    private VBuffer<float> _forecast;

    public override long Position => rows.Position;

    public override long Batch => rows.Batch;

    public override DataViewSchema Schema => rows.Schema;

    public override bool MoveNext()
    {
        if (!rows.MoveNext()) return false;
        _read(ref _forecast);
        return true;
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        IsColumnActive(column) ? rows.GetGetter<TValue>(column) : throw new ArgumentException($"Expected a column that was asked for, got {column.Name}.", nameof(column));

    public override ValueGetter<DataViewRowId> GetIdGetter() => rows.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => Array.Exists(needed, one => one.Index == column.Index);

    protected override void Dispose(bool disposing)
    {
        if (disposing) rows.Dispose();
        base.Dispose(disposing);
    }
}
