namespace RnnSharp.Recurrent;

/// <summary>
/// The unit weights of a cell (see <see cref="IRecurrentEquations.UnitWeights"/>) for a vector of units. Weights that the cell does not have
/// are zero.
/// </summary>
/// <param name="First">The first weight of each unit.</param>
/// <param name="Second">The second.</param>
/// <param name="Third">The third.</param>
/// <typeparam name="TVector">A vector of units.</typeparam>
public record struct UnitWeights<TVector>(TVector First, TVector Second, TVector Third)
    where TVector : unmanaged
{
    /// <summary>The largest magnitude of a cell state; infinite if there is no limit.</summary>
    internal TVector CellLimit { get; set; }

    /// <summary>The options that equations read; given to those that say so in <see cref="IRecurrentEquations.ReadsSettings"/>.</summary>
    internal CellSettings Settings
    {
        readonly get => field!;
        set;
    }
}
