using System.Diagnostics;
using System.Numerics;
using RnnSharp.Layers;

namespace RnnSharp.Keras;

/// <summary>A model that was loaded from a file of Keras or TensorFlow.js.</summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class KerasModel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal KerasModel(LayerStack<T> model, KerasPlan plan)
    {
        Model = model;
        Name = plan.Name;
        FinalActivation = plan.FinalActivation;
        IsOutputReversed = plan.IsReversed;
        IsStateful = plan.IsStateful;
    }

    /// <summary>The model. Parameters of layers that are not trainable in Keras are frozen, and so are biases and gains that a Keras layer does not have.</summary>
    public LayerStack<T> Model { get; }

    /// <summary>The model's name in Keras; may be empty.</summary>
    public string Name { get; }

    /// <summary>
    /// The function that Keras applies to the output of the model and that <see cref="Model"/> does not: the library's losses and samplers take
    /// the output before a softmax or sigmoid. <see cref="KerasActivation.Linear"/> if there is none.
    /// </summary>
    public KerasActivation FinalActivation { get; }

    /// <summary>
    /// Whether Keras returns the steps of the output in reverse: the last layer with an order in time has go_backwards and return_sequences.
    /// The output of <see cref="Model"/> is in the order of its input.
    /// </summary>
    public bool IsOutputReversed { get; }

    /// <summary>
    /// Whether a recurrent layer is stateful: Keras starts its sequences with the state in which those of the batch before ended, until
    /// reset_states. <see cref="Model"/> and <see cref="Predict"/> start every sequence from zeros.
    /// </summary>
    public bool IsStateful { get; }

    /// <summary>
    /// Computes what Keras's predict returns: the model's output after <see cref="FinalActivation"/>, in Keras's order of steps. Every call starts from a
    /// state of zeros, as Keras does after reset_states if the model is stateful (<see cref="IsStateful"/>).
    /// </summary>
    /// <param name="input">Features or tokens. A model without return_sequences returns one step.</param>
    /// <exception cref="ArgumentException">The input does not fit the model.</exception>
    public Sequence<T> Predict(Sequence<T> input)
    {
        Sequence<T> output = Model.Predict(input);
        KerasOutput.Activate(output, FinalActivation);
        if (IsOutputReversed) KerasOutput.Reverse(output);
        return output;
    }

    /// <summary>The name and the model.</summary>
    public override string ToString() => $"{Name}: {Model}{(FinalActivation == KerasActivation.Linear ? "" : $", then {KerasActivations.NameOf(FinalActivation)}")}";
}
