using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

/// <summary>Files whose tensors have other names than the model's, and files without biases.</summary>
public sealed class NameMapTests
{
    [Theory]
    [InlineData("lstm.", "lstm.weight_ih_l0", "0.weight_ih_l0")]
    [InlineData("lstm.", "lstm.weight_ih_l1", "1.weight_ih_l0")]
    [InlineData("lstm.", "lstm.weight_hh_l12", "12.weight_hh_l0")]
    [InlineData("lstm.", "lstm.bias_ih_l1_reverse", "1.bias_ih_l0_reverse")]
    [InlineData("", "weight_ih_l1", "1.weight_ih_l0")]
    [InlineData("lstm.", "gru.weight_ih_l1", "gru.weight_ih_l1")]
    [InlineData("lstm.", "lstm.weight", "lstm.weight")]
    [InlineData("lstm.", "lstm.weight_ih_l", "lstm.weight_ih_l")]
    [InlineData("lstm.", "lstm.weight_ih_l-1", "lstm.weight_ih_l-1")]
    [InlineData("lstm.", "lstm.weight_ih_l99999999999", "lstm.weight_ih_l99999999999")]
    [InlineData("lstm.", "lstm.inner.weight_ih_l1", "lstm.inner.weight_ih_l1")]
    [InlineData("lstm.", "lstm._l1", "lstm._l1")]
    public void PyTorchLayers_maps_the_number_of_a_layer_to_the_layer_of_a_stack(string prefix, string name, string expected) =>
        NameMap.PyTorchLayers(prefix)(name).Should().Be(expected);

    [Fact]
    public void PyTorchLayers_maps_to_the_layers_that_it_is_given_and_leaves_others()
    {
        Func<string, string?> map = NameMap.PyTorchLayers("", "0.", "2.inner.");
        map("weight_ih_l0").Should().Be("0.weight_ih_l0");
        map("weight_ih_l1").Should().Be("2.inner.weight_ih_l0");
        map("weight_ih_l2").Should().Be("weight_ih_l2");
    }

    [Fact]
    public void Of_Prefix_and_InTurn_map_names_one_after_another_and_leave_out_what_maps_to_null()
    {
        var names = new Dictionary<string, string?> { ["a"] = "fc.b", ["left out"] = null };
        Func<string, string?> map = NameMap.InTurn(NameMap.Of(names), NameMap.Prefix("fc.", "2."));
        names.Clear();
        map("a").Should().Be("2.b");
        map("fc.weight").Should().Be("2.weight");
        map("left out").Should().BeNull();
        map("other").Should().Be("other");
    }

    [Fact]
    public void LoadInto_fills_a_stack_from_a_PyTorch_module_of_several_layers()
    {
        LayerStack<double> source = Model(seed: 1), target = Model(seed: 50);
        byte[] file = Renamed(source);
        FluentActions.Invoking(() => ModelFile.LoadInto(target, new MemoryStream(file))).Should().Throw<InvalidDataException>().WithMessage("*\"0.weight_ih_l0\" of shape*is missing*");
        ModelFile.LoadInto(target, new MemoryStream(file), new ModelLoadIntoOptions { Names = NameMap.InTurn(NameMap.PyTorchLayers("rnn.", "0.", "2."), NameMap.Prefix("fc.", "3.")) });
        Models.Describe(target).Should().Be(Models.Describe(source));
    }

    [Fact]
    public void LoadInto_refuses_two_names_that_are_mapped_to_one()
    {
        var target = new DenseLayer<float>(2, 2, seed: 1);
        string before = Models.Describe(target);
        byte[] file = ModelBytes.Save(new DenseLayer<float>(2, 2, seed: 2));
        FluentActions.Invoking(() => ModelFile.LoadInto(target, new MemoryStream(file), new ModelLoadIntoOptions { Names = _ => "weight" }))
            .Should().Throw<InvalidDataException>().WithMessage("*\"weight\" and \"bias\" are both mapped to \"weight\"*");
        Models.Describe(target).Should().Be(before);
    }

    [Fact]
    public void LoadInto_leaves_a_tensor_out_that_is_mapped_to_null_but_not_one_of_the_model()
    {
        byte[] file = ModelBytes.Save(new LayerStack<float>(new DenseLayer<float>(2, 2, seed: 1), new DenseLayer<float>(2, 2, seed: 2)));
        var target = new DenseLayer<float>(2, 2, seed: 3);
        Func<string, string?> last = name => name.StartsWith("0.", StringComparison.Ordinal) ? null : name[2..];
        ModelFile.LoadInto(target, new MemoryStream(file), new ModelLoadIntoOptions { Names = last });
        Models.Describe(target).Should().Be(Models.Describe(new DenseLayer<float>(2, 2, seed: 2)));
        FluentActions.Invoking(() => ModelFile.LoadInto(target, new MemoryStream(file), new ModelLoadIntoOptions { Names = name => name is "1.bias" ? null : last(name) }))
            .Should().Throw<InvalidDataException>().WithMessage("*\"bias\" of shape [2] is missing*");
    }

    [Fact]
    public void LoadInto_sets_missing_biases_to_zero_on_request()
    {
        var source = new LayerStack<float>(new LstmLayer<float>(2, 3, seed: 1, new LstmOptions { Bias = RecurrentBias.None }));
        var target = new LayerStack<float>(new LstmLayer<float>(2, 3, seed: 2));
        Initializers.Uniform(((LstmLayer<float>)target.Layers[0]).Bias!, 1, new Random(3));
        byte[] file = ModelBytes.Save(source);
        string before = Models.Describe(target);
        FluentActions.Invoking(() => ModelFile.LoadInto(target, new MemoryStream(file))).Should().Throw<InvalidDataException>().WithMessage("*bias_ih_l0*is missing*");
        Models.Describe(target).Should().Be(before);

        ModelFile.LoadInto(target, new MemoryStream(file), new ModelLoadIntoOptions { MissingBiasesAreZero = true });
        target.Parameters.Should().HaveCountGreaterThan(source.Parameters.Count);
        for (int p = 0; p < target.Parameters.Count; p++)
        {
            if (p < source.Parameters.Count) target.Parameters[p].Values.ToArray().Should().Equal(source.Parameters[p].Values.ToArray());
            else target.Parameters[p].Values.ToArray().Should().OnlyContain(value => value == 0);
        }

        // Weights are never made up.
        FluentActions.Invoking(() => ModelFile.LoadInto(target, new MemoryStream(file), new ModelLoadIntoOptions { MissingBiasesAreZero = true, Names = name => name.Contains("hh", StringComparison.Ordinal) ? null : name }))
            .Should().Throw<InvalidDataException>().WithMessage("*\"0.weight_hh_l0\"*is missing*");
    }

    /// <summary>torch.nn.GRU(2, 3, num_layers=2) with dropout between its layers, and torch.nn.Linear(3, 1).</summary>
    private static LayerStack<double> Model(int seed) => new(new GruLayer<double>(2, 3, seed), new DropoutLayer<double>(3, 0.5, seed: 1), new GruLayer<double>(3, 3, seed + 1), new DenseLayer<double>(3, 1, seed + 2));

    private static byte[] Renamed(LayerStack<double> model)
    {
        // Another program's file: without a description and a checksum.
        byte[] file = ModelBytes.Save(model);
        string tensors = string.Join(',', ModelBytes.TensorsOf(file).Select(tensor =>
        {
            string[] parts = tensor.Split(' ', 2);
            string name = parts[0] switch
            {
                ['0', '.', .. string rest] => $"rnn.{rest}",
                ['2', '.', .. string rest] => $"rnn.{rest.Replace("_l0", "_l1", StringComparison.Ordinal)}",
                _ => parts[0].Replace("3.", "fc.", StringComparison.Ordinal),
            };
            return $"\"{name}\":{parts[1]}";
        }));
        return ModelBytes.Of($"{{{tensors}}}", ModelBytes.DataOf(file));
    }
}
