namespace RnnSharp.Recurrent;

/// <summary>What a <see cref="StagedStep{T, TKind, TVector}"/> does besides its kind's equations.</summary>
/// <param name="Normalizes">Whether each gate's sums are normalised over the units.</param>
/// <param name="RecurrentDropout">The share of h that each gate's recurrent product does not see in training, 0 to 1.</param>
/// <param name="HiddenZoneout">The share of h that stays as it was, 0 to 1.</param>
/// <param name="CellZoneout">The share of c that stays as it was, 0 to 1.</param>
/// <param name="CellClip">The largest magnitude of a cell state; infinite for none.</param>
/// <param name="Seed">Of the masks; null where none are drawn.</param>
internal sealed record StagedOptions(bool Normalizes, double RecurrentDropout, double HiddenZoneout, double CellZoneout, double CellClip, int? Seed);
