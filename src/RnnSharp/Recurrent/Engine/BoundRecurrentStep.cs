using System.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The step of a recurrent layer, bound to a state. It holds the packed weights and the arguments of the step; only addresses that the garbage collector may change are set in each step.</summary>
internal sealed class BoundRecurrentStep<T> : BoundStep<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ForwardSchedule<T> _schedule;
    private readonly HeldPack<T, PackedWeights<T>> _weights;
    private readonly RecurrentScratch<T> _scratch = new();
    private readonly StepArguments<T> _arguments;
    private readonly StateLeaf<T> _hidden;
    private readonly StateLeaf<T>? _cell;
    private readonly int _batch;
    private readonly bool _runsAlone;

    public BoundRecurrentStep(ForwardSchedule<T> schedule, PackCache<T, PackedWeights<T>> packs, State<T> state, int batch, bool hasCell)
        : base(takesTokens: true, takesFeatures: true)
    {
        _schedule = schedule;
        _weights = new HeldPack<T, PackedWeights<T>>(packs);
        _batch = batch;
        _hidden = state.Leaves[0];
        _cell = hasCell ? state.Leaves[1] : null;
        _runsAlone = schedule.StepsAlone(_batch);
        _arguments = schedule.StepArguments(_batch, _weights.Current(), _scratch);
    }

    public override void Run(StepInput<T> input, Span<T> output)
    {
        StepArguments<T> run = _arguments;
        run.Weights = _weights.Current();
        run.Backwards = _scratch.Backwards = !_scratch.Backwards;
        _schedule.RunStep(ref run, input.FeatureSpan, input.TokenSpan, _hidden.ValuesFor(_batch), _cell is null ? default : _cell.ValuesFor(_batch), output, _runsAlone);
        GC.KeepAlive(this);
    }
}
