using RnnSharp.Training;

namespace RnnSharp.Extensions.Tests;

/// <summary>Gradient descent without the base class: an optimizer that remembers nothing but its learning rate.</summary>
internal sealed class PlainDescent(double learningRate) : IOptimizer<double>
{
    public double LearningRate { get; set; } = learningRate;

    public void Step(IReadOnlyList<Parameter<double>> parameters, Gradients<double> gradients)
    {
        OptimizerStep.Check(parameters, gradients);
        for (int i = 0; i < parameters.Count; i++)
        {
            int index = OptimizerStep.IndexOf(gradients, parameters[i], i);
            parameters[i].Update((gradients, index, LearningRate), static (weights, a) =>
            {
                for (int k = 0; k < weights.Length; k++) weights[k] -= a.LearningRate * a.gradients.Values(a.index)[k];
            });
        }
    }

    public StateDictionary GetState(IReadOnlyList<Parameter<double>> parameters, IReadOnlyList<string> names)
    {
        OptimizerStep.CheckNames(parameters, names);
        var state = new StateDictionary();
        state.Set("learning_rate", LearningRate);
        return state;
    }

    public void SetState(IReadOnlyList<Parameter<double>> parameters, IReadOnlyList<string> names, StateDictionary state)
    {
        OptimizerStep.CheckNames(parameters, names);
        LearningRate = state.GetDouble("learning_rate");
    }
}
