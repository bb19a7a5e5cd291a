using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

public sealed class ModelProbeTests
{
    private readonly GruLayer<double> _source = new(3, 4, seed: 1);
    private readonly Sequence<double> _input = new(3, 2, 5);

    public ModelProbeTests()
    {
        var random = new Random(1);
        foreach (ref double value in _input.Values) value = random.NextDouble() - 0.5;
    }

    [Fact]
    public void Probe_that_passes_lets_the_values_in()
    {
        var target = new GruLayer<double>(3, 4, seed: 2);
        ModelFile.LoadInto(target, new MemoryStream(ModelBytes.Save(_source)), null, new ModelProbe<double>(_input, _source.Predict(_input), 0));
        Models.Describe(target).Should().Be(Models.Describe(_source));
    }

    [Fact]
    public void Probe_that_fails_leaves_the_model_unchanged_and_tells_where()
    {
        Sequence<double> expected = _source.Predict(_input);
        expected[2, 1, 3] += 0.25;
        expected[1, 0, 4] -= 0.125;
        var target = new GruLayer<double>(3, 4, seed: 2);
        string before = Models.Describe(target);
        long[] versions = [.. target.Parameters.Select(parameter => parameter.Version)];
        FluentActions.Invoking(() => ModelFile.LoadInto(target, new MemoryStream(ModelBytes.Save(_source)), null, new ModelProbe<double>(_input, expected, 1e-6)))
            .Should().Throw<InvalidDataException>().WithMessage("*largest difference is 0.25 at step 3, example 1, feature 2*the tolerance 1E-06*");
        Models.Describe(target).Should().Be(before);
        target.Parameters.Select(parameter => parameter.Version).Should().Equal(versions);
    }

    [Fact]
    public void Probe_names_the_file()
    {
        using var folder = new TemporaryFolder();
        ModelFile.Save(_source, folder["a"]);
        Sequence<double> expected = _source.Predict(_input);
        expected[0, 0, 0] += 1;
        FluentActions.Invoking(() => ModelFile.LoadInto(new GruLayer<double>(3, 4, seed: 2), folder["a"], null, new ModelProbe<double>(_input, expected, 0.5)))
            .Should().Throw<InvalidDataException>().WithMessage($"{folder["a"]}: *step 0, example 0, feature 0*");
    }

    [Fact]
    public void Values_past_the_end_of_an_example_are_not_compared()
    {
        _input.SetLengths([5, 2]);
        Sequence<double> expected = _source.Predict(_input);
        expected[0, 1, 3] = double.NaN;
        new ModelProbe<double>(_input, expected, 0).Check(_source);
        _input.SetLengths([5, 3]);
        FluentActions.Invoking(() => new ModelProbe<double>(_input, expected, 0).Check(_source)).Should().Throw<InvalidDataException>().WithMessage("*3 steps for example 1: expected 2*");
    }

    [Fact]
    public void Output_that_is_no_number_fails()
    {
        var target = new GruLayer<double>(3, 4, seed: 1);
        target.Parameters[0].Update(0, static (values, _) => values[0] = double.NaN);
        FluentActions.Invoking(() => new ModelProbe<double>(_input, _source.Predict(_input), 1e300).Check(target)).Should().Throw<InvalidDataException>().WithMessage("*Infinity at*got NaN*");
    }

    [Fact]
    public void Model_of_other_sizes_fails() =>
        FluentActions.Invoking(() => new ModelProbe<double>(_input, _source.Predict(_input), 1).Check(new GruLayer<double>(3, 5, seed: 1))).Should().Throw<InvalidDataException>().WithMessage("*3 input and 4 output*3 and 5*");

    [Fact]
    public void Model_that_does_not_take_the_input_fails()
    {
        var target = new EmbeddingLayer<double>(3, 4, seed: 1);
        Dictionary<string, double[]> before = target.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Values.ToArray());
        var probe = new ModelProbe<double>(_input, _source.Predict(_input), 1);
        FluentActions.Invoking(() => probe.Check(target)).Should().Throw<InvalidDataException>().WithMessage("*does not take the probe's input*").WithInnerException<ArgumentException>();
        FluentActions.Invoking(() => ModelFile.LoadInto(target, new MemoryStream(ModelBytes.Save(new EmbeddingLayer<double>(3, 4, seed: 2))), null, probe)).Should().Throw<InvalidDataException>();
        target.Parameters.Should().AllSatisfy(parameter => parameter.Values.ToArray().Should().Equal(before[parameter.Name]));
    }

    [Fact]
    public void Bad_arguments_are_refused_by_name()
    {
        Sequence<double> output = _source.Predict(_input);
        FluentActions.Invoking(() => new ModelProbe<double>(null!, output, 0)).Should().Throw<ArgumentNullException>().WithParameterName("input");
        FluentActions.Invoking(() => new ModelProbe<double>(_input, null!, 0)).Should().Throw<ArgumentNullException>().WithParameterName("output");
        FluentActions.Invoking(() => new ModelProbe<double>(_input, output, -1)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("tolerance");
        FluentActions.Invoking(() => new ModelProbe<double>(_input, output, double.NaN)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("tolerance");
        FluentActions.Invoking(() => new ModelProbe<double>(_input, new Sequence<double>(4, 3, 5), 0)).Should().Throw<ArgumentException>().WithParameterName("output").WithMessage("*2 examples*got 3*");
        FluentActions.Invoking(() => new ModelProbe<double>(_input, new Sequence<double>(4, 2, 0), 0)).Should().Throw<ArgumentException>().WithParameterName("output").WithMessage("*at least one*");
        FluentActions.Invoking(() => new ModelProbe<double>(_input, Sequence<double>.ForTokens(4, 2, 5), 0)).Should().Throw<ArgumentException>().WithParameterName("output").WithMessage("*tokens*");
        output[1, 0, 2] = double.NaN;
        FluentActions.Invoking(() => new ModelProbe<double>(_input, output, 0)).Should().Throw<ArgumentException>().WithParameterName("output").WithMessage("*step 2, example 0, feature 1*");
        FluentActions.Invoking(() => new ModelProbe<double>(_input, _source.Predict(_input), 0).Check(null!)).Should().Throw<ArgumentNullException>().WithParameterName("model");
        _ = new ModelProbe<double>(Sequence<double>.ForTokens(3, 2, 5), _source.Predict(_input), 0);
        FluentActions.Invoking(() => ModelFile.LoadInto(new DenseLayer<double>(1, 1), (TensorSource)null!)).Should().Throw<ArgumentNullException>().WithParameterName("tensors");
    }
}
