using Microsoft.ML;
using Microsoft.ML.Data;

namespace RnnSharp.MicrosoftML.Tests;

/// <summary>A transformer that must be disposed by its owner alone, like those with a native model.</summary>
internal sealed class OwnedTransformer(ITransformer inner) : ITransformer, IDisposable
{
    public bool IsDisposed { get; private set; }

    public bool IsRowToRowMapper => inner.IsRowToRowMapper;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inner.GetOutputSchema(inputSchema);

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => inner.GetRowToRowMapper(inputSchema);

    public IDataView Transform(IDataView input) => inner.Transform(input);

    public void Save(ModelSaveContext ctx) => inner.Save(ctx);

    public void Dispose() => IsDisposed = true;
}
