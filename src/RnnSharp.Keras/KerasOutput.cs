using System.Numerics;
using RnnSharp.Layers;

namespace RnnSharp.Keras;

/// <summary>What Keras does with a model's output and the library does not: the final activation, and the order of steps that run backward.</summary>
internal static class KerasOutput
{
    /// <summary>Applies a function to an output in place. Steps past an example's end stay zero.</summary>
    public static void Activate<T>(Sequence<T> output, KerasActivation activation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int example = 0; example < output.Batch; example++)
        {
            for (int step = 0; step < output.LengthOf(example); step++)
            {
                if (activation == KerasActivation.Softmax) Softmax(output, example, step);
                else for (int i = 0; i < output.Features; i++) output[i, example, step] = Value(output[i, example, step], activation);
            }
        }
    }

    /// <summary>Exchanges each example's steps with those at the other end of it.</summary>
    public static void Reverse<T>(Sequence<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int example = 0; example < output.Batch; example++)
        {
            for (int first = 0, last = output.LengthOf(example) - 1; first < last; first++, last--)
            {
                for (int i = 0; i < output.Features; i++) (output[i, example, first], output[i, example, last]) = (output[i, example, last], output[i, example, first]);
            }
        }
    }

    private static void Softmax<T>(Sequence<T> output, int example, int step)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T largest = output[0, example, step], sum = T.Zero;
        for (int i = 1; i < output.Features; i++) largest = T.Max(largest, output[i, example, step]);
        for (int i = 0; i < output.Features; i++) sum += output[i, example, step] = T.Exp(output[i, example, step] - largest);
        for (int i = 0; i < output.Features; i++) output[i, example, step] /= sum;
    }

    private static T Value<T>(T x, KerasActivation activation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => activation switch
        {
            KerasActivation.Linear => x,
            KerasActivation.Tanh => T.Tanh(x),
            KerasActivation.Sigmoid => T.One / (T.One + T.Exp(-x)),
            KerasActivation.Relu => T.Max(T.Zero, x),
            KerasActivation.HardSigmoid => T.Clamp(x / T.CreateChecked(6) + T.CreateChecked(0.5), T.Zero, T.One),
            KerasActivation.LegacyHardSigmoid => T.Clamp(x / T.CreateChecked(5) + T.CreateChecked(0.5), T.Zero, T.One),
            KerasActivation.Softsign => x / (T.One + T.Abs(x)),
            KerasActivation.Elu => x > T.Zero ? x : T.ExpM1(x),
            KerasActivation.Softplus => T.Max(x, T.Zero) + T.LogP1(T.Exp(-T.Abs(x))),
            _ => throw new ArgumentOutOfRangeException(nameof(activation)),
        };
}

/// <summary>A model with what Keras does with its output, for probes.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class KerasOutputLayer<T>(ILayer<T> model, KerasActivation activation, bool isReversed) : CompositeLayer<T>(model.InputSize, model.OutputSize, new LayerPart<T>("", model))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    protected override void CheckInput(Sequence<T> input)
    {
        base.CheckInput(input);
        CheckPart(0, input);
    }

    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        PredictPart(0, input, state, output);
        KerasOutput.Activate(output, activation);
        if (isReversed) KerasOutput.Reverse(output);
    }

    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState) => throw new NotSupportedException("A probe only predicts.");

    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients) => throw new NotSupportedException("A probe only predicts.");
}
