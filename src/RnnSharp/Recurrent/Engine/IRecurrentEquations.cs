using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// The equations of one time step of a recurrent cell, forward beside backward, for a vector of units. The engine does the rest: matrix
/// products, time, lengths, threads and memory. Implement this in an empty struct, and
/// <see cref="CustomRecurrentLayer{T, TEquations}"/> is its layer. Mark both methods with
/// <c>[MethodImpl(MethodImplOptions.AggressiveInlining)]</c>, so that they are compiled into the engine's loops.
/// <para>Each gate has one sum (pre-activation) per unit, bias + W x + U h. The arguments s0 to s3 hold the sums when Forward is called, the
/// values that Backward needs (usually the activations of the gates) when it returns, and the gradients of the sums when Backward returns.
/// Leave arguments that the cell does not use unchanged.</para>
/// <para>The order of the sums is that of the gates, unless the last gate comes first: see <see cref="SplitsLastGate"/> and
/// <see cref="ResetsHidden"/>. How the engine forms the sums, exactly, is described at <see cref="RecurrentLayer{T}.Accept{TResult}"/>.</para>
/// </summary>
public interface IRecurrentEquations
{
    /// <summary>The number of gates, 1 to 4: blocks of HiddenSize rows in the weights and biases.</summary>
    static abstract int Gates { get; }

    /// <summary>The names of the gates in the order of their rows, for <see cref="RecurrentLayer{T}.GetGate"/>. By default gate_0, gate_1 and so on.</summary>
    static virtual IReadOnlyList<string> GateNames => [];

    /// <summary>
    /// Whether the last gate's input and recurrent products are two sums, as in the candidate of the gated recurrent unit, instead of one.
    /// The first sum is then the last gate's input side, bias + W x; the other gates follow in their order; and the last sum is the last
    /// gate's recurrent side, U h + a bias of its own. A cell has at most 4 sums. False by default.
    /// </summary>
    static virtual bool SplitsLastGate => false;

    /// <summary>Whether the cell has a cell state c besides the hidden state h. False by default.</summary>
    static virtual bool HasCellState => false;

    /// <summary>Whether Backward reads the values that Forward left in s0 to s3. A cell that computes its gradient from h alone saves the memory. True by default.</summary>
    static virtual bool SavesGates => true;

    /// <summary>Whether the equations read the previous hidden state element by element, besides the recurrent product. False by default.</summary>
    static virtual bool UsesPreviousHidden => false;

    /// <summary>Whether the sums contain a recurrent product U h. Without one, the layer has no recurrent weights. True by default.</summary>
    static virtual bool HasRecurrentWeights => true;

    /// <summary>
    /// The number of unit weights, 0 to 3: weights that apply to a single unit, such as the peepholes of an LSTM. They are stored as one
    /// parameter of UnitWeights·HiddenSize rows. 0 by default.
    /// </summary>
    static virtual int UnitWeights => 0;

    /// <summary>The name of the parameter that holds the unit weights. weight_unit by default.</summary>
    static virtual string UnitWeightsName => "weight_unit";

    /// <summary>Whether the equations read the <see cref="UnitWeights{TVector}.Settings"/>: limits and activations that are options of the layer. They then run in stages.</summary>
    internal static virtual bool ReadsSettings => false;

    /// <summary>Computes one step.</summary>
    /// <param name="s0">The first sum; on return what Backward needs.</param>
    /// <param name="s1">The second.</param>
    /// <param name="s2">The third.</param>
    /// <param name="s3">The fourth.</param>
    /// <param name="weights">The unit weights.</param>
    /// <param name="hPrevious">The previous hidden state, if the cell <see cref="UsesPreviousHidden"/>.</param>
    /// <param name="cPrevious">The previous cell state, if the cell <see cref="HasCellState"/>.</param>
    /// <param name="c">The new cell state; ignored for a cell without one.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <typeparam name="TVector">A vector of units.</typeparam>
    /// <returns>The new hidden state.</returns>
    static abstract TVector Forward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>;

    /// <summary>Computes the gradients of one step.</summary>
    /// <param name="s0">The first value that Forward left; on return the gradient of the first sum.</param>
    /// <param name="s1">The second.</param>
    /// <param name="s2">The third.</param>
    /// <param name="s3">The fourth.</param>
    /// <param name="weights">The unit weights; on return their gradients.</param>
    /// <param name="dh">The gradient of the hidden state.</param>
    /// <param name="h">The hidden state, unless the cell <see cref="SavesGates"/>.</param>
    /// <param name="hPrevious">The previous hidden state, if the cell <see cref="UsesPreviousHidden"/>.</param>
    /// <param name="c">The cell state, if the cell <see cref="HasCellState"/>.</param>
    /// <param name="cPrevious">The previous cell state, if the cell <see cref="HasCellState"/>.</param>
    /// <param name="dc">The gradient of the cell state from the following step; on return that of the previous cell state.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <typeparam name="TVector">A vector of units.</typeparam>
    /// <returns>The gradient of the previous hidden state, except for the part through the recurrent product, which the engine adds.</returns>
    static abstract TVector Backward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>;

    /// <summary>
    /// Whether the last gate's recurrent product reads the result of <see cref="Reset"/> instead of h, as in the gated recurrent unit with the
    /// reset gate before the product. The first sum is then that of the last gate, bias + W x + U Reset(h); the other gates follow in their
    /// order, and the first of them, the second sum, is the reset gate. It needs 2 gates, and excludes <see cref="SplitsLastGate"/> and layer
    /// normalization. False by default.
    /// </summary>
    static virtual bool ResetsHidden => false;

    /// <summary>
    /// Computes the reset gate from its sum, and returns the value that the last gate's recurrent product reads instead of h. It runs before
    /// <see cref="Forward"/>, which receives s1 as this method leaves it. Called only for a cell that <see cref="ResetsHidden"/>.
    /// </summary>
    /// <param name="s1">The second sum, that of the reset gate; on return what Forward and <see cref="ResetBackward"/> need.</param>
    /// <param name="weights">The options of the layer that equations read. The reset gate has no unit weights: they are zero.</param>
    /// <param name="hPrevious">The previous hidden state.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <typeparam name="TVector">A vector of units.</typeparam>
    static virtual TVector Reset<T, TVector>(ref TVector s1, in UnitWeights<TVector> weights, TVector hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => throw new NotSupportedException();

    /// <summary>Computes the gradient of the reset gate's sum from the gradient of the value that <see cref="Reset"/> returned, and returns the gradient of h. It runs after <see cref="Backward"/>.</summary>
    /// <param name="s1">The second value that Forward left; on return the gradient of the second sum. What Backward leaves there is ignored.</param>
    /// <param name="weights">As for <see cref="Reset"/>.</param>
    /// <param name="gradient">The gradient of the value that Reset returned.</param>
    /// <param name="hPrevious">The previous hidden state.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <typeparam name="TVector">A vector of units.</typeparam>
    static virtual TVector ResetBackward<T, TVector>(ref TVector s1, in UnitWeights<TVector> weights, TVector gradient, TVector hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => throw new NotSupportedException();
}

/// <summary>The number of sums of a cell, as a constant for the JIT compiler.</summary>
internal static class Sums<TEquations>
    where TEquations : struct, IRecurrentEquations
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TEquations.SplitsLastGate ? TEquations.Gates + 1 : TEquations.Gates;
    }
}
