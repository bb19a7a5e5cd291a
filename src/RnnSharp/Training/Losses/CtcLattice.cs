using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// The forward and backward recursion of CTC over one example, in logarithms and double precision. Its states are the labels with a blank
/// before, between and after them; state s is entered from s, from s - 1, and from s - 2 unless that skips a blank between equal labels.
/// <para>A row of states has room for a vector before and after it, which holds <see cref="Never"/>, so that the recursion needs no case for its
/// ends. It is the same in both directions of time, with the signs of the neighbours reversed.</para>
/// </summary>
internal sealed unsafe class CtcLattice
{
    /// <summary>The logarithm of a probability of 0: finite, so that differences of two are not NaN, and far below any sum of logarithms.</summary>
    private const double Never = -1e300;

    /// <summary>At least the elements of a vector, and at least the two neighbours.</summary>
    private const int Margin = 8;

    private readonly AlignedBuffer<double> _rows = new();
    private int[] _states = [];
    private int _steps;
    private int _count;
    private int _stride;

    /// <summary>Prepares for an example: the states of its labels, which are [label][example], and room for its steps.</summary>
    /// <exception cref="InvalidOperationException">Another thread changed the labels after they were validated.</exception>
    public void Start(ReadOnlySpan<int> labels, int example, int examples, int labelCount, int blank, int steps, int classes)
    {
        _steps = steps;
        _count = 2 * labelCount + 1;
        _stride = (_count + Margin - 1) / Margin * Margin + 2 * Margin;
        if (_states.Length < _count) _states = new int[_count];
        for (int s = 0; s < _count; s++)
        {
            int state = s % 2 == 0 ? blank : labels[s / 2 * examples + example];
            if ((uint)state >= (uint)classes) throw new InvalidOperationException($"A label changed to {state} during the call, which is not a class of 0 to {classes - 1}.");
            _states[s] = state;
        }

        // The rows: steps + 1 of forward probabilities, of which the first stands before the first step; steps of emissions; five others.
        _rows.Require((2L * steps + 6) * _stride);
        _rows.Span.Fill(Never);
        double* skips = Others(0), reversed = Others(1);
        for (int s = 3; s < _count; s += 2)
        {
            if (_states[s] == _states[s - 2]) continue;
            skips[s] = 0;
            reversed[s - 2] = 0;
        }
    }

    /// <summary>Sets the logarithm of each state's probability at a step: its class's score less the logarithm of the softmax's denominator.</summary>
    public void Emit<T>(int step, ReadOnlySpan<T> scores, double max, double logSum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double* row = Emissions(step);
        for (int s = 0; s < _count; s++)
        {
            double value = double.CreateTruncating(scores[_states[s]]) - max - logSum;
            row[s] = value < Never ? Never : value;
        }
    }

    /// <summary>The logarithm of the probability of the labels, summed over all alignments; -∞ if there is none.</summary>
    public double Forward()
    {
        Forwards(0)[0] = 0;
        for (int t = 0; t < _steps; t++) VectorDispatch.Invoke<double, Transition>(new(Forwards(t), -1, Others(0), Emissions(t), Forwards(t + 1), _count));
        double* last = Forwards(_steps);
        double a = last[_count - 1], b = last[_count - 2], most = Math.Max(a, b);
        GC.KeepAlive(_rows);
        return most <= Never / 2 ? double.NegativeInfinity : most + Math.Log(Math.Exp(a - most) + Math.Exp(b - most));
    }

    /// <summary>Subtracts from each step's gradient, whose columns are a stride apart, the factor times the probability of being in each class then.</summary>
    public void Backward<T>(double logProbability, Span<T> gradient, int exampleStride, T factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double* next = Others(2), row = Others(3), occupied = Others(4);
        next[_count - 1] = 0;
        for (int t = _steps - 1; t >= 0; t--)
        {
            VectorDispatch.Invoke<double, Transition>(new(next, 1, Others(1), Emissions(t), row, _count));
            VectorDispatch.Invoke<double, Occupation>(new(Forwards(t + 1), row, Emissions(t), logProbability, occupied, _count));
            Span<T> column = gradient[(t * exampleStride)..];
            for (int s = 0; s < _count; s++) column[_states[s]] -= factor * T.CreateTruncating(occupied[s]);
            double* free = next;
            next = row;
            row = free;
        }

        GC.KeepAlive(_rows);
    }

    private double* Forwards(int step) => Row(step);

    private double* Emissions(int step) => Row(_steps + 1 + step);

    /// <summary>The skips forward and backward in time (0 where one is allowed), two rows of backward probabilities, and the occupation.</summary>
    private double* Others(int index) => Row(2 * _steps + 1 + index);

    private double* Row(int index) => _rows.Pointer + (long)index * _stride + Margin;

    /// <summary>
    /// to[s] = ln(e^from[s] + e^from[s ± 1] + e^(from[s ± 2] + skips[s])) + emissions[s]. With the largest as the maximum, only two of the three
    /// exponentials are computed. States past the last have no emission, so that they stay what they are.
    /// </summary>
    internal readonly struct Transition(double* from, int neighbour, double* skips, double* emissions, double* to, int count) : IVectorAction<double>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, double>
        {
            double* x = from, skip = skips, emission = emissions, y = to;
            int side = neighbour;
            TVector one = TVector.Broadcast(1), never = TVector.Broadcast(Never);
            for (int s = 0; s < count; s += TVector.Count)
            {
                TVector a = TVector.Load(x + s), b = TVector.Load(x + s + side), c = TVector.Load(x + s + 2 * side) + TVector.Load(skip + s);
                TVector larger = TVector.Max(a, b), most = TVector.Max(larger, c);
                TVector sum = one + TVector.Exp(TVector.Min(a, b) - most) + TVector.Exp(TVector.Min(larger, c) - most);
                TVector.Store(TVector.Max(never, most + TVector.Log(sum) + TVector.Load(emission + s)), y + s);
            }
        }
    }

    /// <summary>e^(forward + backward - emission - logarithm of the whole): the probability of being in each state at a step, given the labels.</summary>
    internal readonly struct Occupation(double* forward, double* backward, double* emissions, double whole, double* to, int count) : IVectorAction<double>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, double>
        {
            // Both include the emission.
            TVector total = TVector.Broadcast(whole);
            for (int s = 0; s < count; s += TVector.Count)
                TVector.Store(TVector.Exp(TVector.Load(forward + s) - TVector.Load(emissions + s) + TVector.Load(backward + s) - total), to + s);
        }
    }
}
