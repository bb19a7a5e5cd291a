using System.Numerics;

namespace RnnSharp.Training;

/// <summary>Helpers for optimizers: the checks before anything is changed, and the lookup of a parameter's gradient.</summary>
public static class OptimizerStep
{
    /// <summary>Validates the arguments of <see cref="IOptimizer{T}.Step"/>.</summary>
    /// <param name="parameters">The parameters to train, each once.</param>
    /// <param name="gradients">The gradients of all of them, finite for those that are not frozen.</param>
    /// <exception cref="ArgumentException">An argument is null, a parameter is null, listed twice or without a gradient, or a gradient is not finite.</exception>
    public static void Check<T>(IReadOnlyList<Parameter<T>> parameters, Gradients<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(gradients);
        CheckEach(parameters);
        for (int i = 0; i < parameters.Count; i++)
        {
            int index = IndexOf(gradients, parameters[i], i);
            if (index < 0) throw new ArgumentException($"Expected gradients of every parameter, but {parameters[i].Name} (parameter {i}) has none.", nameof(gradients));
            if (!parameters[i].Frozen && GradientClipping.FirstNotFinite<T>(gradients.Values(index)) is { } at)
                throw new ArgumentException($"Expected finite gradients, got {gradients.Values(index)[at]} at {at} of {gradients.Names[index]}; no parameter was changed.", nameof(gradients));
        }
    }

    /// <summary>Validates the arguments of <see cref="IOptimizer{T}.GetState"/> and <see cref="IOptimizer{T}.SetState"/>.</summary>
    /// <param name="parameters">The parameters, each once.</param>
    /// <param name="names">Their names, each once.</param>
    /// <exception cref="ArgumentException">A list is null, an entry is null, empty or listed twice, or the lengths differ.</exception>
    public static void CheckNames<T>(IReadOnlyList<Parameter<T>> parameters, IReadOnlyList<string> names)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(names);
        if (names.Count != parameters.Count) throw Numerics.Check.Shape(nameof(names), $"{parameters.Count} names (one for each parameter)", $"{names.Count}");
        CheckEach(parameters);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < names.Count; i++)
        {
            if (string.IsNullOrEmpty(names[i])) throw new ArgumentException($"Name {i} is null or empty.", nameof(names));
            if (!seen.Add(names[i])) throw new ArgumentException($"Expected every name once, got {names[i]} twice.", nameof(names));
        }
    }

    /// <summary>The index of a parameter in <see cref="Gradients{T}.Parameters"/>, or -1.</summary>
    /// <param name="gradients">The gradients.</param>
    /// <param name="parameter">The parameter.</param>
    /// <param name="guess">The likely index, such as its index in the layer.</param>
    /// <exception cref="ArgumentException">The gradients are null.</exception>
    public static int IndexOf<T>(Gradients<T> gradients, Parameter<T> parameter, int guess)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(gradients);
        if ((uint)guess < (uint)gradients.Parameters.Count && ReferenceEquals(gradients.Parameters[guess], parameter)) return guess;
        for (int i = 0; i < gradients.Parameters.Count; i++)
        {
            if (ReferenceEquals(gradients.Parameters[i], parameter)) return i;
        }

        return -1;
    }

    private static void CheckEach<T>(IReadOnlyList<Parameter<T>> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < parameters.Count; i++)
        {
            if (parameters[i] is null) throw new ArgumentException($"Parameter {i} is null.", nameof(parameters));
            for (int j = 0; j < i; j++)
            {
                if (ReferenceEquals(parameters[j], parameters[i])) throw new ArgumentException($"Expected every parameter once, got {parameters[i].Name} at {j} and at {i}.", nameof(parameters));
            }
        }
    }
}
