using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.References;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>The independently recurrent layer (Li et al. 2018) against indrnn.py, whose gradients are complex steps.</summary>
public sealed class IndRnnTests
{
    private static readonly JsonElement[] Cases = [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "indrnn.json"))).RootElement.EnumerateArray()];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Cases.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Outputs_states_and_gradients_equal_the_reference_in_double(int number) => EqualsReference<double>(Cases[number], 1e-12);

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Outputs_states_and_gradients_equal_the_reference_in_float(int number) => EqualsReference<float>(Cases[number], 2e-6);

    [Fact]
    public void Model_files_keep_the_layer_and_its_options()
    {
        var model = new LayerStack<double>(new IndRnnLayer<double>(3, 4, seed: 1), new IndRnnLayer<double>(4, 2, seed: 2, Activation.Tanh, new IndRnnOptions { HiddenZoneout = 0.25 }));
        ILayer<double> loaded = ModelBytes.Load<double>(ModelBytes.Save(model)).Model;
        Models.Describe(loaded).Should().Be(Models.Describe<double>(model));
        loaded.Parts[1].Layer.Should().BeOfType<IndRnnLayer<double>>().Which.Options.HiddenZoneout.Should().Be(0.25);
        model.Summary(batch: 2, steps: 3).ToString().Should().Contain("IndRnnLayer (tanh, hidden zoneout 0.25)");
    }

    [Fact]
    public void The_constructor_rejects_recurrent_dropout()
    {
        FluentActions.Invoking(() => new IndRnnLayer<float>(2, 3, options: new IndRnnOptions { RecurrentDropout = 0.5 })).Should().Throw<ArgumentException>().WithParameterName("options").WithMessage("*no recurrent weights*");
    }

    private static void EqualsReference<T>(JsonElement item, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int inputs = item.Integer("inputs"), hidden = item.Integer("hidden"), batch = item.Integer("batch"), steps = item.Integer("steps");
        JsonElement values = item.GetProperty("values"), gradients = item.GetProperty("gradients");
        var layer = new IndRnnLayer<T>(inputs, hidden, seed: 1, string.Equals(item.Text("activation"), "tanh", StringComparison.Ordinal) ? Activation.Tanh : Activation.Relu);
        for (int p = 0; p < layer.Parameters.Count; p++) layer.Parameters[p].Set(Numbers(values, layer.ParameterNames[p]));
        var x = new Sequence<T>(inputs, batch, steps);
        Numbers(values, "input").CopyTo(x.Values);
        int[] lengths = item.Integers("lengths");
        if (lengths.Any(length => length < steps)) x.SetLengths(lengths);
        State<T> initial = layer.CreateState(batch), dh = layer.CreateState(batch);
        Numbers(values, "initial").CopyTo(initial["h"].Values);
        Numbers(item, "state_gradient").CopyTo(dh["h"].Values);
        var dy = new Sequence<T>(hidden, batch, steps);
        Numbers(item, "output_gradient").CopyTo(dy.Values);

        ForwardPass<T> pass = layer.Forward(x, initial);
        Near(pass.Output.Values, item.Values("output"), "output");
        Near(pass.FinalState["h"].Values, item.Values("final"), "final state");
        Gradients<T> actual = layer.Backward(pass, dy, dh);
        for (int p = 0; p < layer.Parameters.Count; p++) Near(actual.Values(p), gradients.Values(layer.ParameterNames[p]), layer.ParameterNames[p]);
        Near(actual.Input!.Values, gradients.Values("input"), "input");
        Near(actual.InitialState["h"].Values, gradients.Values("initial"), "initial state");

        static T[] Numbers(JsonElement element, string name) => [.. element.Values(name).Select(T.CreateChecked)];

        void Near(ReadOnlySpan<T> actual, double[] expected, string what)
        {
            actual.Length.Should().Be(expected.Length, what);
            for (int i = 0; i < expected.Length; i++) double.CreateChecked(actual[i]).Should().BeApproximately(expected[i], tolerance * Math.Max(1, Math.Abs(expected[i])), $"{what}[{i}]");
        }
    }
}
