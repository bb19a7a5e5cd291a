namespace RnnSharp.Recurrent;

/// <summary>What a <see cref="StagedStep{T, TEquations, TVector}"/> does in addition to the equations.</summary>
/// <param name="RecurrentDropout">The fraction of h to drop before each gate's recurrent product in training, at least 0 and below 1.</param>
/// <param name="HiddenZoneout">The fraction of h that keeps its previous value, at least 0 and below 1.</param>
/// <param name="CellZoneout">The fraction of c that keeps its previous value, at least 0 and below 1.</param>
/// <param name="Seed">The seed of the masks; null if none are drawn.</param>
internal sealed record StagedOptions(double RecurrentDropout, double HiddenZoneout, double CellZoneout, int? Seed);
