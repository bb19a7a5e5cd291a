using System.Globalization;
using System.Numerics;

namespace RnnSharp.Serialization;

/// <summary>
/// An input and the output that another system computed from it. Replaying them after a model has been loaded refuses a file whose weights
/// are in another order than expected, which names and shapes alone do not tell.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class ModelProbe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Sequence<T> _input;
    private readonly Sequence<T> _output;
    private readonly double _tolerance;

    /// <summary>Creates a probe. The sequences must not change afterwards.</summary>
    /// <param name="input">The input, features or tokens.</param>
    /// <param name="output">The expected output, of finite numbers. Values past an example's end are not compared.</param>
    /// <param name="tolerance">The largest absolute difference from the expected output, 0 or more: 1e-5 suits float, 1e-12 double.</param>
    /// <exception cref="ArgumentException">A sequence is null, the output has tokens, another batch than the input, no value to compare or one that is not finite, or the tolerance is negative or not finite.</exception>
    public ModelProbe(Sequence<T> input, Sequence<T> output, double tolerance)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        if (output.IsTokens) throw Numerics.Check.Shape(nameof(output), "a sequence of features", "tokens");
        if (output.Batch != input.Batch) throw Numerics.Check.Shape(nameof(output), $"{input.Batch} examples, as in the input", $"{output.Batch}");
        int compared = 0;
        for (int example = 0; example < output.Batch; example++)
        {
            for (int step = 0; step < output.LengthOf(example); step++)
            {
                compared++;
                for (int feature = 0; feature < output.Features; feature++)
                {
                    if (!T.IsFinite(output[feature, example, step])) throw Numerics.Check.Shape(nameof(output), "finite numbers", $"{output[feature, example, step]} at step {step}, example {example}, feature {feature}");
                }
            }
        }

        if (compared == 0) throw Numerics.Check.Shape(nameof(output), "at least one time step", "none");
        _input = input;
        _output = output;
        _tolerance = Numerics.Check.NotNegative(tolerance);
    }

    /// <summary>Runs a model on the input and compares its output with the expected one.</summary>
    /// <param name="model">The model, which is not changed.</param>
    /// <exception cref="ArgumentNullException">The model is null.</exception>
    /// <exception cref="InvalidDataException">The output differs by more than the tolerance, or the model has other sizes than the probe or does not take its input. The message tells the largest difference and where it is.</exception>
    public void Check(ILayer<T> model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.InputSize != _input.Features || model.OutputSize != _output.Features)
            throw new InvalidDataException($"The probe has {_input.Features} input and {_output.Features} output features, and the model has {model.InputSize} and {model.OutputSize}.");
        Sequence<T> actual = Predict(model);
        (double largest, int atFeature, int atExample, int atStep) = (-1, 0, 0, 0);
        for (int example = 0; example < _output.Batch; example++)
        {
            int steps = _output.LengthOf(example), actualSteps = _output.IsRagged ? actual.LengthOf(example) : actual.Steps;
            if (steps != actualSteps) throw new InvalidDataException($"The model's output of the probe has {actualSteps} steps for example {example}: expected {steps}.");
            for (int step = 0; step < steps; step++)
            {
                for (int feature = 0; feature < _output.Features; feature++)
                {
                    double difference = double.CreateTruncating(T.Abs(actual[feature, example, step] - _output[feature, example, step]));
                    if (double.IsNaN(difference)) difference = double.PositiveInfinity;
                    if (difference > largest) (largest, atFeature, atExample, atStep) = (difference, feature, example, step);
                }
            }
        }

        if (largest > _tolerance)
        {
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"The model does not compute the probe's output: the largest difference is {largest:G6} at step {atStep}, example {atExample}, feature {atFeature} (expected {_output[atFeature, atExample, atStep]}, got {actual[atFeature, atExample, atStep]}), the tolerance {_tolerance:G6}."));
        }
    }

    private Sequence<T> Predict(ILayer<T> model)
    {
        try
        {
            return model.Predict(_input);
        }
        catch (ArgumentException exception)
        {
            // Such as features for a model of tokens.
            throw new InvalidDataException($"The model does not take the probe's input: {exception.Message}", exception);
        }
    }
}
