using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>Runs a model over the batches of a source without training, from the start of an epoch to its end. Buffers are kept for the next call.</summary>
internal sealed class Evaluator<T>(ILayer<T> model)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly State<T> _state = model.CreateState(1);
    private readonly Sequence<T> _output = new(model.OutputSize, 1, 1);
    private IBatchSource<T>? _source;
    private Batch<T>? _batch;

    /// <summary>The last batch that <see cref="Next"/> has run.</summary>
    public Batch<T> Batch => _batch!;

    public void Begin(IBatchSource<T> source)
    {
        source.EndEpoch();
        if (!ReferenceEquals(source, _source)) _batch = source.CreateBatch();
        _source = source;
        _state.Clear();
    }

    /// <summary>The output for the next batch, which is valid until the next call; null at the end of the epoch.</summary>
    public Sequence<T>? Next(CancellationToken cancellation)
    {
        Batch<T> batch = _batch!;
        if (!_source!.Next(batch, cancellation)) return null;
        if (!_source.CarriesState || _state.Batch != batch.Input.Batch)
        {
            _state.Resize(batch.Input.Batch);
            _state.Clear();
        }
        else
        {
            _state.ClearExamples(batch.Restarts);
        }

        if (batch.Source is null) return model.Predict(batch.Input, _state, _output);
        return model is EncoderDecoder<T> translator
            ? translator.Predict(batch.Source, batch.Input, _state, _output)
            : throw Check.Shape("data", "no Source for a model that is not an EncoderDecoder", "one");
    }
}
