using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// An average of a layer's weights over the steps of its training, which often generalizes better than the last weights and needs no decay
/// of the learning rate (Polyak and Juditsky 1992). With a decay, it is the exponential moving average a = decay · a + (1 - decay) · W. Without,
/// it is the running mean a += (W - a) (η + 1) / (n + η) of n updates: with η = 0 the plain mean (PyTorch's AveragedModel), with a larger η the
/// polynomial-decay average of Shamir and Zhang (2013), which covers about the last 1 / (η + 1) of all updates. The first update copies the weights.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class WeightAverage<T> : IStateful
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string UpdatesName = "updates", AverageName = "average";

    private readonly T[][] _values;

    /// <summary>Creates an average, which has the layer's current weights.</summary>
    /// <param name="layer">The layer that is trained.</param>
    /// <param name="decay">At least 0 and below 1; null for a running mean.</param>
    /// <param name="recency">η of a running mean: 0 or more.</param>
    /// <exception cref="ArgumentException">The layer is null, a number is out of range, or there are both a decay and a recency.</exception>
    public WeightAverage(ILayer<T> layer, double? decay = null, double recency = 0)
    {
        ArgumentNullException.ThrowIfNull(layer);
        Layer = layer;
        Decay = decay is { } value ? OptimizerOptions.BelowOne(value, nameof(decay)) : null;
        Recency = Check.NotNegative(recency);
        if (decay is not null && recency > 0) throw Check.Shape(nameof(recency), "0 with a decay", $"{recency}");
        _values = [.. layer.Parameters.Select(parameter => parameter.Values.ToArray())];
    }

    /// <summary>The layer that is trained.</summary>
    public ILayer<T> Layer { get; }

    /// <summary>The decay of an exponential moving average; null for a running mean.</summary>
    public double? Decay { get; }

    /// <summary>η of a running mean.</summary>
    public double Recency { get; }

    /// <summary>The number of updates.</summary>
    public long Updates { get; private set; }

    /// <summary>Whether the layer has the averaged weights at present.</summary>
    public bool IsSwapped { get; private set; }

    /// <summary>Adds the layer's weights to the average. Call it after each step of the optimizer.</summary>
    /// <exception cref="InvalidOperationException">The layer has the averaged weights at present.</exception>
    public void Update()
    {
        RequireOwnWeights();
        Updates++;
        double share = Decay is { } decay ? 1 - decay : (Recency + 1) / (Updates + Recency);
        for (int p = 0; p < _values.Length; p++)
        {
            ReadOnlySpan<T> weights = Layer.Parameters[p].Values;
            if (Updates == 1) weights.CopyTo(_values[p]);
            else Elementwise.Zip<T, MoveOperator>(_values[p], weights, _values[p], new(T.CreateChecked(share)));
        }
    }

    /// <summary>Copies the averaged weights into a layer of the same shape, such as a copy of the model, or the model itself.</summary>
    /// <param name="target">The layer; its parameters have the shapes of the averaged layer's, in the same order.</param>
    /// <exception cref="ArgumentException">The layer is null or of another shape. Nothing is changed in that case.</exception>
    public void CopyTo(ILayer<T> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (target.Parameters.Count != _values.Length) throw Check.Shape(nameof(target), $"{_values.Length} parameters", $"{target.Parameters.Count}");
        for (int p = 0; p < _values.Length; p++)
        {
            Parameter<T> own = Layer.Parameters[p], other = target.Parameters[p];
            if (own.Rows != other.Rows || own.Columns != other.Columns) throw Check.Shape(nameof(target), $"{own.Rows} x {own.Columns} as parameter {p}, {Layer.ParameterNames[p]}", $"{other.Rows} x {other.Columns}");
        }

        for (int p = 0; p < _values.Length; p++) target.Parameters[p].Set(Average(p));
    }

    /// <summary>
    /// Exchanges the layer's weights with the averaged ones, to validate or save the model, and at the next call back, to the last bit. Do not
    /// train the layer between the two.
    /// </summary>
    public void Swap()
    {
        for (int p = 0; p < _values.Length; p++)
        {
            Layer.Parameters[p].Update(_values[p], static (weights, other) =>
            {
                for (int i = 0; i < weights.Length; i++) (weights[i], other[i]) = (other[i], weights[i]);
            });
        }

        IsSwapped = !IsSwapped;
    }

    /// <inheritdoc/>
    public StateDictionary GetState()
    {
        var state = new StateDictionary();
        state.Set(UpdatesName, Updates);
        for (int p = 0; p < _values.Length; p++) state.Set(KeyOf(p), Average(p));
        return state;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The layer has the averaged weights at present.</exception>
    public void SetState(StateDictionary state)
    {
        ArgumentNullException.ThrowIfNull(state);
        RequireOwnWeights();
        long updates = state.GetInt64(UpdatesName, 0);
        var values = new T[_values.Length][];
        for (int p = 0; p < values.Length; p++)
        {
            values[p] = state.GetArray<T>(KeyOf(p), _values[p].Length);
            if (!Elementwise.AllFinite<T>(values[p])) throw new InvalidDataException($"Expected finite values in {KeyOf(p)}.");
        }

        Updates = updates;
        for (int p = 0; p < values.Length; p++) values[p].CopyTo(_values[p], 0);
    }

    /// <summary>The kind and the number of updates, such as "exponential moving average (decay 0.999) of 100 updates".</summary>
    public override string ToString() => (Decay is { } decay ? FormattableString.Invariant($"exponential moving average (decay {decay})") : Recency > 0 ? FormattableString.Invariant($"running mean (recency {Recency})") : "running mean")
        + FormattableString.Invariant($" of {Updates} update{(Updates == 1 ? "" : "s")}{(IsSwapped ? ", in the layer" : "")}");

    private string KeyOf(int index) => $"{AverageName}.{Layer.ParameterNames[index]}";

    private ReadOnlySpan<T> Average(int index) => IsSwapped ? Layer.Parameters[index].Values : _values[index];

    private void RequireOwnWeights()
    {
        if (IsSwapped) throw new InvalidOperationException("The layer has the averaged weights at present; swap them back first.");
    }

    private readonly struct MoveOperator(T share) : IZipOperator<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector average, TVector weights)
            where TVector : unmanaged, ISimdVector<TVector, T> => TVector.MultiplyAdd(TVector.Broadcast(share), weights - average, average);
    }
}
