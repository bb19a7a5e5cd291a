using System.Numerics;

namespace RnnSharp.Training;

/// <summary>One batch of streams that gradients flow back through: its input, and where its streams start.</summary>
internal sealed class StreamWindow<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Sequence<T> _copy;
    private bool[] _restarts = [];
    private State<T>? _start;

    public StreamWindow(Sequence<T> like)
    {
        _copy = like.IsTokens ? Sequence<T>.ForTokens(like.Features, 1, 0) : new Sequence<T>(like.Features, 1, 0);
        Input = _copy;
    }

    /// <summary>The input, which is the batch's own if only one window is kept.</summary>
    public Sequence<T> Input { get; private set; }

    /// <summary>The draw of the masks, the same whenever the window is computed again.</summary>
    public long Draw { get; private set; }

    public ForwardPass<T>? Pass { get; set; }

    private ReadOnlySpan<bool> Restarts => _restarts.AsSpan(0, Input.Batch);

    public void Take(Batch<T> batch, long draw, bool isCopied)
    {
        Input = isCopied ? batch.Input.SliceSteps(0, batch.Input.Steps, _copy) : batch.Input;
        if (_restarts.Length < batch.Input.Batch) _restarts = new bool[batch.Input.Batch];
        batch.Restarts.CopyTo(_restarts);
        Draw = draw;
    }

    /// <summary>The state that the window starts from: the final state of the window before, with zeros for the streams that restart; null for zeros.</summary>
    public State<T>? StartFrom(ILayer<T> model, State<T>? before)
    {
        if (before is null || !Restarts.Contains(true)) return before;
        _start ??= model.CreateState(Input.Batch);
        return WithoutRestarts(before, _start);
    }

    /// <summary>The gradient of the final state of the window before, from that of this window's initial state.</summary>
    public State<T> GradientBefore(State<T> initial, ref State<T>? scratch)
    {
        // Always copied, because the next Backward overwrites the initial state's gradient.
        scratch ??= initial.Clone();
        return WithoutRestarts(initial, scratch);
    }

    public StateDictionary GetState()
    {
        var state = new StateDictionary();
        state.Set("draw", Draw);
        state.Set("batch", (long)Input.Batch);
        state.Set("steps", (long)Input.Steps);
        state.Set("tokens", Input.IsTokens);
        if (Input.IsTokens) state.Set("input", Input.Tokens);
        else state.Set<T>("input", Input.Values);
        if (Input.IsRagged) state.Set("lengths", Input.Lengths);
        state.Set<byte>("restarts", Array.ConvertAll(Restarts.ToArray(), restarts => (byte)(restarts ? 1 : 0)));
        return state;
    }

    /// <exception cref="InvalidDataException">A value is missing or does not fit the model.</exception>
    public static StreamWindow<T> FromState(StateDictionary state, ILayer<T> model)
    {
        int batch = (int)state.GetInt64("batch", 1, int.MaxValue), steps = (int)state.GetInt64("steps", 0, int.MaxValue);
        bool tokens = state.GetBoolean("tokens");
        if ((long)batch * steps * (tokens ? 1 : model.InputSize) > Array.MaxLength) throw new InvalidDataException($"Expected a window that fits in an array, got {batch} x {steps}.");
        byte[] restarts = state.GetArray<byte>("restarts", batch);
        var window = new StreamWindow<T>(tokens ? Sequence<T>.ForTokens(model.InputSize, 1, 0) : new Sequence<T>(model.InputSize, 1, 0));
        Sequence<T> input = window._copy;
        try
        {
            if (tokens)
            {
                int[] numbers = state.GetArray<int>("input", batch * steps);
                input.Resize(batch, steps);
                for (int t = 0; t < steps; t++)
                {
                    for (int j = 0; j < batch; j++) input.SetToken(j, t, numbers[batch * t + j]);
                }
            }
            else
            {
                T[] values = state.GetArray<T>("input", batch * steps * model.InputSize);
                input.Resize(batch, steps);
                values.CopyTo(input.Values);
            }

            if (state.Contains("lengths")) input.SetLengths(state.GetArray<int>("lengths", batch));
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"A window of the streams is invalid: {exception.Message}", exception);
        }

        window._restarts = Array.ConvertAll(restarts, restarts => restarts != 0);
        window.Draw = state.GetInt64("draw", min: 0);
        return window;
    }

    private State<T> WithoutRestarts(State<T> from, State<T> to)
    {
        to.Resize(from.Batch);
        to.CopyFrom(from);
        to.ClearExamples(Restarts);
        return to;
    }
}
