using RnnSharp.Recurrent;

namespace RnnSharp.Serialization;

/// <summary>
/// The format of a <see cref="CustomRecurrentLayer{T, TEquations}"/>: <c>LayerFormats.BuiltIn.Add(new CustomRecurrentFormat&lt;MyEquations&gt;("my-cell"))</c>
/// is all that it takes to save and load layers with your own equations.
/// </summary>
/// <typeparam name="TEquations">The equations.</typeparam>
/// <param name="kind">The name of the kind in files: 1 to 60 ASCII letters, digits, hyphens, dots and underscores.</param>
public sealed class CustomRecurrentFormat<TEquations>(string kind) : LayerFormat(kind)
    where TEquations : struct, IRecurrentEquations
{
    /// <inheritdoc/>
    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) => layer is CustomRecurrentLayer<T, TEquations> custom
        ? new Description(custom.InputSize, custom.HiddenSize, custom.Options, custom.MaskSeed)
        : null;

    /// <inheritdoc/>
    protected internal override LayerDescription Read(LayerFields fields)
    {
        CustomRecurrentOptions options = RecurrentDescription.ReadOptions(fields, new CustomRecurrentOptions());
        return new Description(RecurrentDescription.ReadInputSize(fields), RecurrentDescription.ReadHiddenSize(fields), options, RecurrentDescription.ReadMaskSeed(fields, options)).RequireValid(fields);
    }

    private sealed class Description(int inputSize, int hiddenSize, CustomRecurrentOptions options, int? maskSeed)
        : RecurrentDescription(options.Spec<TEquations>(), inputSize, hiddenSize, options, maskSeed)
    {
        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => new CustomRecurrentLayer<T, TEquations>(InputSize, HiddenSize, Seed, options);
    }
}
