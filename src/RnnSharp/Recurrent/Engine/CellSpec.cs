namespace RnnSharp.Recurrent;

/// <summary>
/// The structure of a recurrent layer: its gates, sums and parameters. It is derived from the equations of the cell and the options of the
/// layer, and is all that the engine, the layer, the cell and the model file need to know about either.
/// </summary>
internal sealed record CellSpec
{
    /// <summary>The equations.</summary>
    public required EquationsType Equations { get; init; }

    /// <summary>The names of the gates, in the order of their rows.</summary>
    public required IReadOnlyList<string> Gates { get; init; }

    /// <summary>The names of the values that the equations leave in place of the sums.</summary>
    public required IReadOnlyList<string> Sums { get; init; }

    /// <summary>The gate whose input weights each of the first sums uses.</summary>
    public required int[] InputBlocks { get; init; }

    /// <summary>The gate whose recurrent weights each of the last sums uses.</summary>
    public required int[] HiddenBlocks { get; init; }

    public bool HasCellState { get; init; }

    /// <summary>Whether Backward reads what the equations leave in place of the sums.</summary>
    public bool SavesGates { get; init; }

    public bool UsesPreviousHidden { get; init; }

    public bool HasRecurrentWeights { get; init; }

    /// <summary>The number of unit weights, 0 to 3.</summary>
    public int UnitWeights { get; init; }

    public required string UnitWeightsName { get; init; }

    /// <summary>Whether the equations read the <see cref="Settings"/>.</summary>
    public bool ReadsSettings { get; init; }

    /// <summary>The limits and activations that the options of the layer set.</summary>
    public CellSettings Settings { get; init; } = new();

    public RecurrentBias Bias { get; init; }

    /// <summary>The size of a projected h; null without a projection.</summary>
    public int? ProjectionSize { get; init; }

    /// <summary>Whether the sums are normalized, each with a gain of its own.</summary>
    public bool Normalizes { get; init; }

    /// <summary>Whether products and equations can be fused: the equations need nothing but the sums of their own unit, and every gate reads the unmodified h.</summary>
    public bool CanBeFused => !ReadsSettings && UnitWeights == 0 && HiddenBlocks.Length == Gates.Count;

    /// <summary>Whether the last gate has two sums, the first and the last.</summary>
    public bool SplitsLastGate => Sums.Count > Gates.Count;

    /// <summary>Whether the last gate's recurrent product follows the reset gate.</summary>
    private bool ResetsHidden => HasRecurrentWeights && HiddenBlocks.Length < Gates.Count;

    /// <summary>The spec of a cell without options.</summary>
    /// <exception cref="InvalidOperationException">The struct does not describe a valid cell.</exception>
    public static CellSpec Of<TEquations>()
        where TEquations : struct, IRecurrentEquations
    {
        int gates = TEquations.Gates, last = gates - 1;
        bool splits = TEquations.SplitsLastGate, resets = TEquations.ResetsHidden, rotates = splits || resets;
        Require(gates >= 1 && Sums<TEquations>.Count <= 4, "1 to 4 sums", $"{gates} gates, the last of them {(splits ? "" : "not ")}split");
        IReadOnlyList<string> names = TEquations.GateNames.Count == 0 ? [.. Enumerable.Range(0, gates).Select(gate => $"gate_{gate}")] : TEquations.GateNames;
        Require(names.Count == gates && new HashSet<string>(names, StringComparer.Ordinal).Count == gates, $"{gates} gate names, each once", string.Join(", ", names));
        Require(TEquations.UnitWeights is >= 0 and <= 3, "0 to 3 unit weights", $"{TEquations.UnitWeights}");
        Require(!resets || (gates > 1 && !splits), "2 gates or more, the last of them not split, because a gate resets h", $"{gates} gates, the last of them {(splits ? "" : "not ")}split");
        Require(TEquations.HasRecurrentWeights || !rotates, "recurrent weights, because the last gate's recurrent product is separate", "none");
        int[] blocks = new int[gates];
        for (int gate = 0; gate < gates; gate++) blocks[gate] = gate;
        int[] first = rotates ? [last, .. blocks[..last]] : blocks;
        string[] sums = Array.ConvertAll(first, gate => names[gate]);
        return new CellSpec
        {
            Equations = EquationsType<TEquations>.Instance,
            Gates = names,
            Sums = splits ? [.. sums, $"{names[last]}_recurrence"] : sums,
            InputBlocks = first,
            HiddenBlocks = !TEquations.HasRecurrentWeights ? [] : resets ? blocks[..last] : blocks,
            HasCellState = TEquations.HasCellState,
            SavesGates = TEquations.SavesGates,
            UsesPreviousHidden = TEquations.UsesPreviousHidden,
            HasRecurrentWeights = TEquations.HasRecurrentWeights,
            UnitWeights = TEquations.UnitWeights,
            UnitWeightsName = TEquations.UnitWeightsName,
            ReadsSettings = TEquations.ReadsSettings,
        };

        static void Require(bool valid, string expected, string actual)
        {
            if (!valid) throw new InvalidOperationException($"Expected {typeof(TEquations).Name} to have {expected}, got {actual}.");
        }
    }

    /// <summary>An option that the cell cannot be combined with, as expected and actual values; null if there is none.</summary>
    public (string Expected, string Actual)? Fault(double recurrentDropout)
    {
        if (recurrentDropout > 0 && !HasRecurrentWeights) return ("no RecurrentDropout, because the cell has no recurrent weights", FormattableString.Invariant($"{recurrentDropout}"));
        return Normalizes && ResetsHidden ? ("no LayerNormalization, because one product of the last gate depends on another gate", "LayerNormalization") : null;
    }

    /// <summary>The parameters of a layer, in its order.</summary>
    public IEnumerable<ParameterSpec> Parameters(int inputSize, int hiddenSize)
    {
        long rows = (long)Gates.Count * hiddenSize, state = ProjectionSize ?? hiddenSize;
        yield return new(ParameterRole.InputWeights, "weight_ih", rows, inputSize);
        if (HasRecurrentWeights) yield return new(ParameterRole.RecurrentWeights, "weight_hh", rows, state);
        if (Bias == RecurrentBias.Merged)
        {
            yield return new(ParameterRole.Bias, "bias", rows, 1);
            if (SplitsLastGate) yield return new(ParameterRole.RecurrentBias, "bias_hn", hiddenSize, 1);
        }
        else if (Bias == RecurrentBias.Separate)
        {
            yield return new(ParameterRole.Bias, "bias_ih", rows, 1);
            yield return new(ParameterRole.RecurrentBias, "bias_hh", rows, 1);
        }

        if (ProjectionSize is not null) yield return new(ParameterRole.Projection, "weight_hr", state, hiddenSize);
        if (UnitWeights > 0) yield return new(ParameterRole.UnitWeights, UnitWeightsName, (long)UnitWeights * hiddenSize, 1);
        if (Normalizes) yield return new(ParameterRole.Gains, "weight_norm", (long)Sums.Count * hiddenSize, 1);
    }
}

/// <summary>The role of a parameter in the engine.</summary>
internal enum ParameterRole
{
    /// <summary>[gate][unit] × [input].</summary>
    InputWeights,

    /// <summary>[gate][unit] × [feature of h].</summary>
    RecurrentWeights,

    /// <summary>[gate][unit]: the only bias, or that of the input side.</summary>
    Bias,

    /// <summary>The bias of the recurrent side: [unit] for a split last gate, or [gate][unit] for all gates.</summary>
    RecurrentBias,

    /// <summary>[feature of h] × [unit].</summary>
    Projection,

    /// <summary>[unit weight][unit].</summary>
    UnitWeights,

    /// <summary>[sum][unit]: the gains of normalized sums.</summary>
    Gains,
}

/// <summary>The name and shape of a parameter, known before it is allocated.</summary>
internal sealed record ParameterSpec(ParameterRole Role, string Name, long Rows, long Columns);
