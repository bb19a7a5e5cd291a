using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>Copies models from one number type to another.</summary>
public static class ModelConverter
{
    /// <summary>
    /// A model of the same layers, sizes and frozen flags with numbers of another type: a model trained in double to be run in float,
    /// say. With one type for both it is a copy that shares nothing with the model.
    /// </summary>
    /// <typeparam name="TFrom">float or double.</typeparam>
    /// <typeparam name="TTo">float or double.</typeparam>
    /// <param name="model">A model of the library's own layers.</param>
    /// <exception cref="ArgumentException">The model has a part of a kind that is not the library's, a finite number of it is out of TTo's range, or a type is neither float nor double.</exception>
    public static ILayer<TTo> Convert<TFrom, TTo>(ILayer<TFrom> model)
        where TFrom : unmanaged, IBinaryFloatingPointIeee754<TFrom>
        where TTo : unmanaged, IBinaryFloatingPointIeee754<TTo>
    {
        ArgumentNullException.ThrowIfNull(model);
        Check.ElementType<TTo>();
        ILayer<TTo> converted = LayerDescription.Of(model).Create<TTo>();
        for (int i = 0; i < model.Parameters.Count; i++)
        {
            Parameter<TFrom> from = model.Parameters[i];
            Parameter<TTo> to = converted.Parameters[i];
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
}
