using System.Numerics;
using RnnSharp.Tests.Layers;
using RnnSharp.Tests.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Catalogue;

/// <summary>A warm call with reuse allocates nothing, whatever it is and also when the steps, the lengths or the weights have changed.</summary>
public sealed class AllocationTests
{
    private const int Batch = 7;
    private const int Steps = 4;

    public static TheoryData<string> Names => CatalogueData.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Calls_with_reuse_allocate_nothing(string name)
    {
        Warm.ShouldAllocateNothing(() => Calls(LayerCatalogue<float>.Row(name), 33));
        Warm.ShouldAllocateNothing(() => Calls(LayerCatalogue<double>.Row(name), 17));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Steps_of_a_stepper_allocate_nothing(string name)
    {
        if (!LayerCatalogue<float>.Row(name).Streams) return;
        Warm.ShouldAllocateNothing(() => Steps(LayerCatalogue<float>.Row(name), 33));
        Warm.ShouldAllocateNothing(() => Steps(LayerCatalogue<double>.Row(name), 17));

        static (string What, Action Call)[] Steps<T>(LayerRow<T> row, int outputs)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Layer<T> layer = row.Create(CatalogueData.Inputs, outputs);
            Stepper<T> stepper = layer.CreateStepper(Batch);
            return [.. CatalogueData.TokensOrNot(row).Select(tokens =>
            {
                var call = new LayerCase<T>(row, layer, new CallShape(Batch, AllocationTests.Steps, tokens));
                return ((string, Action))(tokens ? "a step of tokens" : "a step of features", () => call.Step(0, stepper));
            })];
        }
    }

    /// <summary>In turn: all steps, fewer, none, ragged; each for features and tokens; steps alone; then all of it with new weights.</summary>
    private static (string What, Action Call)[] Calls<T>(LayerRow<T> row, int outputs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Layer<T> layer = row.Create(CatalogueData.Inputs, outputs);
        var random = new Random(1);
        int most = row.InputSteps ?? Steps;
        Sequence<T> x = Make.Sequence<T>(layer.InputSize, Batch, most, random), tokens = Make.Tokens<T>(layer.InputSize, Batch, most, random);
        Sequence<T> dy = Make.Sequence<T>(layer.OutputSize, Batch, Steps, random), y = new(layer.OutputSize, Batch, 0);
        State<T> state = layer.CreateState(Batch), finalGradient = Make.State(layer, Batch, random);
        var step = new T[layer.OutputSize * Batch];
        int[] lengths = [1, 0, 1, 1, 0, 1, 1];
        ForwardPass<T>? pass = null;
        Gradients<T>? gradients = null;
        var calls = new List<(string, Action)> { ("a change of the weights", ChangeWeights) };
        foreach (bool ofTokens in CatalogueData.TokensOrNot(row))
        {
            string what = ofTokens ? "tokens" : "features";
            Sequence<T> input = ofTokens ? tokens : x;
            calls.Add(($"all steps of {what}", () => All(input, most, ragged: false)));
            if (row.InputSteps is null) calls.Add(($"fewer steps of {what}", () => All(input, most - 2, ragged: false)));
            if (row.InputSteps is null) calls.Add(($"no steps of {what}", () => All(input, 0, ragged: false)));
            calls.Add(($"ragged steps of {what}", () => All(input, row.InputSteps ?? most - 1, ragged: true)));
            if (!row.Streams) continue;
            if (ofTokens) calls.Add(("a step of tokens", () => layer.Step(tokens.Tokens[..Batch], state, step)));
            else calls.Add(("a step of features", () => layer.Step(x.Values[..(layer.InputSize * Batch)], state, step)));
        }

        return [.. calls];

        void All(Sequence<T> input, int steps, bool ragged)
        {
            input.Resize(Batch, steps);
            if (ragged) input.SetLengths(lengths);
            pass = layer.Forward(input, pass?.FinalState, pass);
            dy.Resize(Batch, pass.Output.Steps);
            gradients = layer.Backward(pass, dy, finalGradient, reuse: gradients);
            layer.Backward(pass, null, inputGradient: false, accumulate: true, reuse: gradients);
            layer.Predict(input, state, y);
        }

        void ChangeWeights()
        {
            for (int p = 0; p < layer.Parameters.Count; p++) layer.Parameters[p].Update(T.CreateChecked(0.5), static (values, factor) => Scale(values, factor));
        }

        static void Scale(Span<T> values, T factor)
        {
            foreach (ref T value in values) value *= factor;
        }
    }
}
