using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>Copies models from one number type to another.</summary>
public static class ModelConverter
{
    /// <summary>
    /// Copies a model, with its frozen flags, to another element type, for example to run a model in float that was trained in double. The copy
    /// shares nothing with the model, even if both types are the same.
    /// </summary>
    /// <typeparam name="TFrom">float or double.</typeparam>
    /// <typeparam name="TTo">float or double.</typeparam>
    /// <param name="model">A model of layers that the formats support.</param>
    /// <param name="formats">The kinds of layers; <see cref="LayerFormats.BuiltIn"/> when null.</param>
    /// <exception cref="ArgumentException">No format supports one of the layers, a finite number is out of TTo's range, or a type is neither float nor double.</exception>
    /// <exception cref="InvalidOperationException">A format created a layer that differs from the one that it described.</exception>
    public static ILayer<TTo> Convert<TFrom, TTo>(ILayer<TFrom> model, LayerFormats? formats = null)
        where TFrom : unmanaged, IBinaryFloatingPointIeee754<TFrom>
        where TTo : unmanaged, IBinaryFloatingPointIeee754<TTo>
    {
        ArgumentNullException.ThrowIfNull(model);
        Check.ElementType<TTo>();
        var description = ModelDescription.Of(model, formats ?? LayerFormats.BuiltIn);
        HeldTensors.Refuse(description.Tensors(), nameof(model), "a model that is not quantized (quantized models are of floats and never change)");
        ILayer<TTo> converted = description.Create<TTo>();
        if (converted.Parameters.Count != model.Parameters.Count) throw OtherLayer(model);
        for (int i = 0; i < model.Parameters.Count; i++)
        {
            Parameter<TFrom> from = model.Parameters[i];
            Parameter<TTo> to = converted.Parameters[i];
            if (to.Rows != from.Rows || to.Columns != from.Columns || !string.Equals(converted.ParameterNames[i], model.ParameterNames[i], StringComparison.Ordinal)) throw OtherLayer(model);
            var values = new TTo[from.Count];
            for (int k = 0; k < values.Length; k++)
            {
                values[k] = TTo.CreateTruncating(from.Values[k]);
                if (TFrom.IsFinite(from.Values[k]) && !TTo.IsFinite(values[k]))
                    throw new ArgumentException($"Expected numbers within {typeof(TTo).Name}'s range, got {from.Values[k]} in {model.ParameterNames[i]}.", nameof(model));
            }

            to.Set(values);
            to.Frozen = from.Frozen;
        }

        return converted;
    }

    private static InvalidOperationException OtherLayer(object model) => new($"A format created a layer that differs from the one that it described: the copy of a {model.GetType().Name} has other parameters.");
}
