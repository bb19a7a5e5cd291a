using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// Computes the loss and the gradients of a batch, and keeps everything that the next batch reuses: pass, gradients and, for a stream, the
/// state. A <see cref="Trainer{T}"/> has one; it is also useful in a loop of your own.
/// <para>For streams it is truncated backpropagation through time (Williams and Peng 1990): each batch holds the next k1 steps of every stream, and
/// gradients flow back through the last <c>windows</c> batches, so k2 = windows · k1 steps. With one window, each batch is computed
/// once. With more, the earlier batches are computed again with the current parameters, and only the loss of the newest batch counts.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class TrainingStep<T> : IStateful
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<StreamWindow<T>> _windows = [];
    private readonly Sequence<T> _outputGradient;
    private readonly State<T> _start;
    private State<T>? _stateGradient;
    private Gradients<T>? _gradients;
    private StreamWindow<T>? _spare;
    private double _weight;
    private bool _hasStart;

    /// <summary>Creates a step.</summary>
    /// <param name="model">The model to train.</param>
    /// <param name="loss">The loss of its output.</param>
    /// <param name="windows">For streams, the batches that gradients flow back through: at least 1.</param>
    /// <param name="batchesPerStep">The batches whose gradients are accumulated before the parameters are updated: at least 1.</param>
    /// <exception cref="ArgumentException">An argument is null or out of range.</exception>
    public TrainingStep(ILayer<T> model, ILoss<T> loss, int windows = 1, int batchesPerStep = 1)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loss);
        Model = model;
        Loss = loss;
        Windows = Check.Positive(windows);
        BatchesPerStep = Check.Positive(batchesPerStep);
        _outputGradient = new Sequence<T>(model.OutputSize, 1, 1);
        _start = model.CreateState(1);
    }

    /// <summary>The model.</summary>
    public ILayer<T> Model { get; }

    /// <summary>The loss.</summary>
    public ILoss<T> Loss { get; }

    /// <summary>For streams, the batches that gradients flow back through.</summary>
    public int Windows { get; }

    /// <summary>The batches whose gradients are accumulated before the parameters are updated.</summary>
    public int BatchesPerStep { get; }

    /// <summary>The batches that have been accumulated since the last update, 0 to <see cref="BatchesPerStep"/>.</summary>
    public int Accumulated { get; private set; }

    /// <summary>The parameter gradients: of the last batch, or accumulated. Call <see cref="Complete"/> before using them.</summary>
    /// <exception cref="InvalidOperationException">No batch has been computed yet.</exception>
    public Gradients<T> Gradients => _gradients ?? throw new InvalidOperationException("No batch has been computed yet.");

    /// <summary>The pass of the last batch; null before the first.</summary>
    public ForwardPass<T>? Pass { get; private set; }

    /// <summary>The gradient of the last batch's loss with respect to the model's output.</summary>
    public Sequence<T> OutputGradient => _outputGradient;

    /// <summary>For streams, the state that the next batch continues from; null for zeros. With one window, it may be written to.</summary>
    public State<T>? State => _windows.Count > 0 ? _windows[^1].Pass?.FinalState : _hasStart ? _start : null;

    /// <summary>The number that decides the random masks of the next batch (<see cref="ForwardPass{T}.Draw"/>). Each call increases it by 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 0.</exception>
    public long Draw { get; set => field = Check.NotNegative(value); }

    /// <summary>
    /// Computes the loss and gradients of a batch of examples, each from a zero state. With several batches per step, the gradients of a mean
    /// are weighted by the positions that it counts, so that together they are the gradient of the mean over all of the batches.
    /// </summary>
    /// <param name="batch">The batch.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">The batch does not fit the model or the loss.</exception>
    public LossValue Run(Batch<T> batch)
    {
        ForwardPass<T> pass = Forward(batch);
        LossValue loss = Loss.Compute(pass.Output, batch.Target, _outputGradient, batch.StepWeights);
        Backward(loss);
        return loss;
    }

    /// <summary>
    /// The first half of a step of your own, for <see cref="TrainerOptions{T}.ComputeStep"/>: runs the model on a batch of examples. Compute a
    /// loss of its output, write the gradient to <see cref="OutputGradient"/>, and call <see cref="Backward"/>.
    /// </summary>
    /// <param name="batch">The batch.</param>
    /// <returns>The pass, which is also <see cref="Pass"/>.</returns>
    /// <exception cref="ArgumentException">The batch does not fit the model.</exception>
    public ForwardPass<T> Forward(Batch<T> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return Pass = Forward(Pass, batch.Source, batch.Input, initialState: null, Draw);
    }

    /// <summary>The second half of a step of your own: computes <see cref="Gradients"/> from <see cref="OutputGradient"/>.</summary>
    /// <param name="loss">The loss, which weights the batch if several are accumulated.</param>
    /// <exception cref="ArgumentException">The output gradient does not fit the pass.</exception>
    /// <exception cref="InvalidOperationException">There is no pass yet.</exception>
    public void Backward(LossValue loss)
    {
        ForwardPass<T> pass = Pass ?? throw new InvalidOperationException("Expected a call of Forward before Backward.");
        bool accumulate = BeginBackward(loss);
        _gradients = Model.Backward(pass, _outputGradient, inputGradient: false, accumulate: accumulate, reuse: _gradients);
    }

    /// <summary>
    /// Computes the loss and gradients of the next window of every stream, from the state in which the last batch ended. If it fails, the
    /// streams stay where they were.
    /// </summary>
    /// <param name="batch">The batch; its <see cref="Batch{T}.Restarts"/> name the streams that start from a zero state instead.</param>
    /// <returns>The loss of the window.</returns>
    /// <exception cref="ArgumentException">The batch does not fit the model, the loss or, in its number of streams, the batch before; or it has a Source.</exception>
    public LossValue RunStream(Batch<T> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Source is not null) throw Check.Shape(nameof(batch), "no Source (an encoder-decoder does not run on streams)", "one");
        int streams = _windows.Count > 0 ? _windows[^1].Input.Batch : _hasStart ? _start.Batch : batch.Input.Batch;
        if (batch.Input.Batch != streams) throw Check.Shape(nameof(batch), $"{streams} streams, as in the batch before", $"{batch.Input.Batch}");
        Append(batch);
        try
        {
            return RunWindows(batch);
        }
        catch
        {
            Rewind();
            throw;
        }
    }

    /// <summary>
    /// Turns the accumulated gradients into those of the mean over all batches, and begins a new accumulation with the next batch. With one
    /// batch per step there is nothing to do.
    /// </summary>
    public void Complete()
    {
        if (BatchesPerStep > 1 && _weight > 0) Gradients.Scale(T.CreateChecked(1 / _weight));
        Discard();
    }

    /// <summary>Forgets the gradients that have been accumulated: the next batch begins a new accumulation.</summary>
    public void Discard()
    {
        Accumulated = 0;
        _weight = 0;
    }

    /// <summary>For streams: forgets the last batch, so that the next one continues from where that one started.</summary>
    public void Rewind()
    {
        if (_windows.Count == 0) return;
        _spare = _windows[^1];
        _windows.RemoveAt(_windows.Count - 1);
    }

    /// <summary>For streams: the next batch starts every stream from a zero state.</summary>
    public void ClearState()
    {
        Rewind();
        _windows.Clear();
        _hasStart = false;
    }

    /// <inheritdoc/>
    public StateDictionary GetState()
    {
        var state = new StateDictionary();
        state.Set("draw", Draw);
        state.Set("accumulated", (long)Accumulated);
        state.Set("weight", _weight);
        for (int p = 0; Accumulated > 0 && p < Gradients.Parameters.Count; p++) state.Set<T>($"gradient.{p}", Gradients.Values(p));
        if (_windows.Count == Windows) SaveStart(state, _windows[0].Pass!.FinalState);
        else if (_hasStart) SaveStart(state, _start);
        IEnumerable<StreamWindow<T>> kept = _windows.Count == Windows ? _windows.Skip(1) : _windows;
        int count = 0;
        foreach (StreamWindow<T> window in kept) state.Set($"window.{count++}", window.GetState());
        state.Set("windows", (long)count);
        return state;

        static void SaveStart(StateDictionary state, State<T> start) => state.Set<byte>("start", start.ToBytes());
    }

    /// <inheritdoc/>
    public void SetState(StateDictionary state)
    {
        ArgumentNullException.ThrowIfNull(state);
        long draw = state.GetInt64("draw", min: 0);
        int count = (int)state.GetInt64("windows", 0, Windows - 1), accumulated = (int)state.GetInt64("accumulated", 0, BatchesPerStep);
        double weight = state.GetDouble("weight");
        T[][] sums = accumulated == 0 ? [] : [.. Model.Parameters.Select((parameter, p) => state.GetArray<T>($"gradient.{p}", parameter.Count))];
        State<T>? start = null;
        if (state.Contains("start"))
        {
            start = Model.CreateState(1);
            start.ReadFrom(state.GetArray<byte>("start"));
        }

        var windows = new List<StreamWindow<T>>();
        for (int i = 0; i < count; i++) windows.Add(StreamWindow<T>.FromState(state.GetPart($"window.{i}"), Model));
        int streams = start?.Batch ?? (windows.Count > 0 ? windows[0].Input.Batch : 1);
        if (windows.Exists(window => window.Input.Batch != streams)) throw new InvalidDataException("Expected the same number of streams in every window and in the state before them.");
        Draw = draw;
        (Accumulated, _weight) = (accumulated, weight);
        if (accumulated > 0) _gradients ??= Model.CreateGradients();
        for (int p = 0; p < sums.Length; p++) sums[p].CopyTo(_gradients!.Values(p));
        _windows.Clear();
        _windows.AddRange(windows);
        _hasStart = start is not null;
        if (start is null) return;
        _start.Resize(start.Batch);
        _start.CopyFrom(start);
    }

    /// <summary>Adds a batch's input as the newest window. The oldest one is dropped once there are enough; its final state is where the others start.</summary>
    private void Append(Batch<T> batch)
    {
        StreamWindow<T> window;
        if (_windows.Count < Windows)
        {
            window = _spare ?? new StreamWindow<T>(batch.Input);
            _spare = null;
        }
        else
        {
            window = _windows[0];
            _start.Resize(window.Input.Batch);
            _start.CopyFrom(window.Pass!.FinalState);
            _hasStart = true;
            _windows.RemoveAt(0);
        }

        window.Take(batch, Draw, isCopied: Windows > 1);
        _windows.Add(window);
    }

    private LossValue RunWindows(Batch<T> batch)
    {
        State<T>? state = _hasStart ? _start : null;
        foreach (StreamWindow<T> window in _windows)
        {
            window.Pass = Forward(window.Pass, source: null, window.Input, window.StartFrom(Model, state), window.Draw);
            state = window.Pass.FinalState;
        }

        Pass = _windows[^1].Pass!;
        LossValue loss = Loss.Compute(Pass.Output, batch.Target, _outputGradient, batch.StepWeights);
        bool accumulate = BeginBackward(loss);
        _gradients = BackwardWindows(_outputGradient, accumulate, _gradients);
        return loss;
    }

    /// <summary>Carries the gradient of the newest window's output back through all windows.</summary>
    private Gradients<T> BackwardWindows(Sequence<T> outputGradient, bool accumulate, Gradients<T>? gradients)
    {
        State<T>? stateGradient = null;
        int newest = _windows.Count - 1;
        for (int i = newest; i >= 0; i--)
        {
            gradients = Model.Backward(_windows[i].Pass!, i == newest ? outputGradient : null, stateGradient, inputGradient: false, accumulate: accumulate || i < newest, reuse: gradients);
            if (i > 0) stateGradient = _windows[i].GradientBefore(gradients.InitialState, ref _stateGradient);
        }

        return gradients!;
    }

    /// <summary>Counts a batch, and weights its output gradient. Returns whether its gradients are added to earlier ones.</summary>
    private bool BeginBackward(LossValue loss)
    {
        Draw++;
        if (BatchesPerStep == 1) return false;
        double weight = loss.Reduction == LossReduction.Sum ? 0 : loss.Weight;
        if (weight > 0) Elementwise.Scale(_outputGradient.Values, T.CreateChecked(weight));
        _weight += weight;
        return Accumulated++ > 0;
    }

    /// <summary>Whether the trainer's source carries state, so that <see cref="RunStream"/> computes its batches.</summary>
    internal bool CarriesState { get; set; }

    /// <summary>Whether a batch has been computed.</summary>
    internal bool HasGradients => _gradients is not null;

    /// <summary>Whether the gradients of the last batch are finite for another output gradient; for the search of a number that is not.</summary>
    internal bool IsBackwardFinite(Sequence<T> outputGradient, Gradients<T> scratch)
    {
        if (_windows.Count > 0) BackwardWindows(outputGradient, accumulate: false, scratch);
        else Model.Backward(Pass!, outputGradient, inputGradient: false, reuse: scratch);
        return double.IsFinite(scratch.Norm());
    }

    /// <summary>For streams, the state that the newest window starts from; null for zeros.</summary>
    internal State<T>? LastStart() => _windows.Count switch
    {
        0 => null,
        1 => _windows[0].StartFrom(Model, _hasStart ? _start : null),
        _ => _windows[^1].StartFrom(Model, _windows[^2].Pass!.FinalState),
    };

    private ForwardPass<T> Forward(ForwardPass<T>? pass, Sequence<T>? source, Sequence<T> input, State<T>? initialState, long draw)
    {
        pass ??= Model.CreatePass();
        pass.Draw = draw;
        if (source is null) return Model.Forward(input, initialState, pass);
        return Model is EncoderDecoder<T> translator
            ? translator.Forward(source, input, initialState, pass)
            : throw Check.Shape("batch", "no Source for a model that is not an EncoderDecoder", "one");
    }
}
