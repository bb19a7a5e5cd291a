using System.Runtime.CompilerServices;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Layers;

/// <summary>What the equations of a step read and write, [example][unit] each.</summary>
internal unsafe struct CellRun
{
    /// <summary>The previous h, if the equations read it.</summary>
    public float* Hidden;

    /// <summary>The cell state, which is replaced by the new one; null for a cell without one.</summary>
    public float* Cell;

    /// <summary>Receives the new h, before a projection.</summary>
    public float* Output;

    /// <summary>[example]; null if all have every step. An example that has ended before the step keeps its cell state, and its output is zero.</summary>
    public int* Lengths;

    public int Step;
}

/// <summary>The equations of a quantized layer, applied to the sums of a panel of units.</summary>
internal abstract unsafe class QuantizedCell
{
    /// <summary>Sums per unit.</summary>
    public abstract int Sums { get; }

    /// <summary>Whether there is a cell state.</summary>
    public abstract bool HasCellState { get; }

    /// <summary>Unit weights per unit.</summary>
    public abstract int UnitWeights { get; }

    /// <summary>The gates and sums of the equations, without the options of a layer.</summary>
    public abstract CellSpec Spec { get; }

    /// <summary>Creates the cell of a recurrent layer with its equations and options; the sizes and weights of the layer do not matter.</summary>
    public static QuantizedCell Of(RecurrentLayer<float> layer) => layer.Accept(new Visitor(layer));

    /// <summary>Applies the equations to some examples.</summary>
    /// <param name="panel">The panel.</param>
    /// <param name="layout">The layout of the sums.</param>
    /// <param name="sums">[example][sum][unit vector][lane].</param>
    /// <param name="column">The first example.</param>
    /// <param name="columns">Examples.</param>
    /// <param name="unitWeights">Padded; null without.</param>
    /// <param name="run">The step.</param>
    public abstract void Apply(int panel, PanelLayout layout, float* sums, int column, int columns, PaddedVector? unitWeights, in CellRun run);

    /// <summary>Replaces the new h by the expectation of zoneout, for a layer whose h is projected.</summary>
    public abstract void MixHidden(float* previous, float* current, int count);

    private sealed class Visitor(RecurrentLayer<float> layer) : IEquationsVisitor<QuantizedCell>
    {
        public QuantizedCell Visit<TEquations>()
            where TEquations : struct, IRecurrentEquations => WordDispatch.Invoke<Factory<TEquations>, QuantizedCell>(new Factory<TEquations>(layer));
    }

    private readonly struct Factory<TEquations>(RecurrentLayer<float> layer) : IWordFunction<QuantizedCell>
        where TEquations : struct, IRecurrentEquations
    {
        public QuantizedCell Invoke<TVector, TWords>()
            where TVector : unmanaged, IKernelVector<TVector, float>
            where TWords : unmanaged, IWordVector<TWords> => new Cell<TEquations, UnfusedVector<TVector>>(layer);
    }

    private sealed class Cell<TEquations, TVector>(RecurrentLayer<float> layer) : QuantizedCell
        where TEquations : struct, IRecurrentEquations
        where TVector : unmanaged, IKernelVector<TVector, float>
    {
        private readonly UnitWeights<TVector> _constants = layer.EquationWeights<TVector>();
        private readonly float _hiddenZoneout = (float)layer.Options.HiddenZoneout;
        private readonly float _cellZoneout = (float)(layer.Options is LstmOptions lstm ? lstm.CellZoneout : 0);
        private readonly bool _projects = layer.ProjectionWeights is not null;

        public override int Sums => Sums<TEquations>.Count;

        public override bool HasCellState => TEquations.HasCellState;

        public override int UnitWeights => layer.UnitWeights is null ? 0 : TEquations.UnitWeights;

        public override CellSpec Spec { get; } = CellSpec.Of<TEquations>();

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Apply(int panel, PanelLayout layout, float* sums, int column, int columns, PaddedVector? unitWeights, in CellRun run)
        {
            int units = layout.Units, width = layout.Width, vectors = layout.UnitVectors, slot = vectors * TVector.Count;
            for (int v = 0; v < vectors; v++)
            {
                int unit = (panel * vectors + v) * TVector.Count, count = units - unit;
                if (count <= 0) return;
                UnitWeights<TVector> weights = _constants;
                if (unitWeights is not null)
                {
                    int padded = layout.Panels * slot;
                    weights.First = TVector.Load(unitWeights.Pointer + unit);
                    if (TEquations.UnitWeights > 1) weights.Second = TVector.Load(unitWeights.Pointer + padded + unit);
                    if (TEquations.UnitWeights > 2) weights.Third = TVector.Load(unitWeights.Pointer + 2 * padded + unit);
                }

                for (int j = 0; j < columns; j++)
                {
                    nint at = (nint)(column + j) * units + unit;
                    if (run.Lengths != null && run.Step >= run.Lengths[column + j])
                    {
                        TVector.Store(default, run.Output + at, count);
                        continue;
                    }

                    float* sum = sums + j * width + v * TVector.Count;
                    TVector s0 = TVector.Load(sum);
                    TVector s1 = Sums > 1 ? TVector.Load(sum + slot) : default;
                    TVector s2 = Sums > 2 ? TVector.Load(sum + 2 * slot) : default;
                    TVector s3 = Sums > 3 ? TVector.Load(sum + 3 * slot) : default;
                    TVector hPrevious = TEquations.UsesPreviousHidden ? TVector.Load(run.Hidden + at, count) : default;
                    TVector cPrevious = TEquations.HasCellState ? TVector.Load(run.Cell + at, count) : default;
                    TVector h = TEquations.Forward<float, TVector>(ref s0, ref s1, ref s2, ref s3, weights, hPrevious, cPrevious, out TVector c);
                    if (TEquations.HasCellState)
                    {
                        if (_cellZoneout > 0) c = Zoneout<float, TVector>.Mix(TVector.Broadcast(_cellZoneout), cPrevious, c);
                        TVector.Store(c, run.Cell + at, count);
                    }

                    if (_hiddenZoneout > 0 && !_projects) h = Zoneout<float, TVector>.Mix(TVector.Broadcast(_hiddenZoneout), TVector.Load(run.Hidden + at, count), h);
                    TVector.Store(h, run.Output + at, count);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void MixHidden(float* previous, float* current, int count)
        {
            if (_hiddenZoneout == 0) return;
            var keep = TVector.Broadcast(_hiddenZoneout);
            for (int i = 0; i < count; i += TVector.Count)
                TVector.Store(Zoneout<float, TVector>.Mix(keep, TVector.Load(previous + i, count - i), TVector.Load(current + i, count - i)), current + i, count - i);
        }
    }
}
