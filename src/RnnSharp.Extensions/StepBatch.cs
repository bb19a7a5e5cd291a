using System.Numerics;

namespace RnnSharp.Serving;

/// <summary>Gathers one step of each of several sessions, computes them in one call of the model, and distributes the results.</summary>
internal sealed class StepBatch<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly State<T> _state;
    private readonly T[] _features;
    private readonly int[] _tokens;
    private readonly T[] _outputs;
    private readonly int _inputSize;
    private readonly int _outputSize;

    public StepBatch(ServedModel<T> served, int maxBatch)
    {
        ILayer<T> model = served.Model;
        (_inputSize, _outputSize) = (model.InputSize, model.OutputSize);
        _state = model.CreateState(maxBatch);
        _tokens = served.TakesTokens ? new int[maxBatch] : [];
        _features = served.TakesFeatures ? new T[checked(_inputSize * maxBatch)] : [];
        _outputs = new T[checked(_outputSize * maxBatch)];
    }

    /// <summary>
    /// Runs one step of each work, all of the same kind of input. Afterwards <paramref name="faults"/> has what went wrong with each, or null;
    /// the session of one that failed is as before its call.
    /// </summary>
    public void Run(ILayer<T> model, List<StepWork<T>> works, Exception?[] faults)
    {
        int count = works.Count;
        bool isTokens = works[0].IsTokens;
        _state.Resize(count);
        for (int i = 0; i < count; i++) faults[i] = Gather(works[i], i);
        Span<T> outputs = _outputs.AsSpan(0, count * _outputSize);
        try
        {
            if (isTokens) model.Step(_tokens.AsSpan(0, count), _state, outputs);
            else model.Step(_features.AsSpan(0, count * _inputSize), _state, outputs);
        }
        catch (Exception exception)
        {
            for (int i = 0; i < count; i++) faults[i] ??= exception;
            return;
        }

        bool allFinite = AreFinite(0, count);
        for (int i = 0; i < count; i++)
        {
            if (faults[i] is null && !allFinite && !AreFinite(i, 1)) faults[i] = new NotFiniteException(works[i].Session.Id);
            faults[i] ??= Scatter(works[i], i);
        }
    }

    /// <summary>Copies the input and the state. The memory is the caller's, who may have taken it away; then the step runs on what is there, and is discarded.</summary>
    private Exception? Gather(StepWork<T> work, int example)
    {
        Session<T> session = work.Session;
        _state.CopyExample(work.Done == 0 ? session.State! : session.Unfinished!, 0, example);
        try
        {
            if (work.IsTokens) _tokens[example] = Token(work.Tokens.Span[work.Done]);
            else work.Features.Span.Slice(work.Done * _inputSize, _inputSize).CopyTo(_features.AsSpan(example * _inputSize));
            if (work.Done == 0 && work.PreviousOutput.Length > 0) session.LastOutput.CopyTo(work.PreviousOutput.Span);
            return null;
        }
        catch (Exception exception)
        {
            if (work.IsTokens) _tokens[example] = 0;
            return exception;
        }
    }

    /// <summary>The token again: the caller may have changed it since the call was validated.</summary>
    private int Token(int token) => (uint)token < (uint)_inputSize ? token : throw new InvalidOperationException($"Expected a token of 0 to {_inputSize - 1}, got {token}: it changed during the call.");

    /// <summary>Keeps the results: in the session itself with the last step of the call, so that a call changes all or nothing.</summary>
    private Exception? Scatter(StepWork<T> work, int example)
    {
        Session<T> session = work.Session;
        ReadOnlySpan<T> output = _outputs.AsSpan(example * _outputSize, _outputSize);
        try
        {
            output.CopyTo(work.Outputs.Span.Slice(work.Done * _outputSize, _outputSize));
        }
        catch (Exception exception)
        {
            return exception;
        }

        bool isLast = work.Done == work.Count - 1;
        if (work.Count == 1)
        {
            session.State!.CopyExample(_state, example, 0);
        }
        else
        {
            session.Unfinished ??= session.State!.Clone();
            session.Unfinished.CopyExample(_state, example, 0);
            if (isLast) (session.State, session.Unfinished) = (session.Unfinished, session.State);
        }

        if (isLast)
        {
            output.CopyTo(session.LastOutput);
            session.Steps += work.Count;
            session.IsChanged = true;
        }

        work.Done++;
        return null;
    }

    private bool AreFinite(int first, int count)
    {
        if (!Finite.All<T>(_outputs.AsSpan(first * _outputSize, count * _outputSize))) return false;
        IReadOnlyList<StateLeaf<T>> leaves = _state.Leaves;
        for (int i = 0; i < leaves.Count; i++)
        {
            StateLeaf<T> leaf = leaves[i];
            if (!Finite.All<T>(leaf.Values.Slice(first * leaf.Size, count * leaf.Size))) return false;
        }

        return true;
    }
}
