using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

/// <summary>NaN and infinities are saved and loaded on request only.</summary>
public sealed class NonFiniteNumberTests
{
    private static readonly ModelLoadOptions AnyNumbers = new() { AllowNonFinite = true };

    public static TheoryData<string> Kinds => [.. Models.Kinds];

    public static TheoryData<double> Numbers => [double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Save_refuses_a_number_that_is_not_finite_wherever_it_is(double number)
    {
        ILayer<float> model = Models.Make<float>("one of everything");
        for (int p = 0; p < model.Parameters.Count; p++)
        {
            Parameter<float> parameter = model.Parameters[p];
            float[] good = parameter.Values.ToArray(), bad = [.. good];
            bad[^1] = (float)number;
            parameter.Set(bad);
            FluentActions.Invoking(() => ModelBytes.Save(model)).Should().Throw<ArgumentException>().WithParameterName("model").WithMessage($"Expected finite numbers, got {(float)number} in {model.ParameterNames[p][..1]}.*AllowNonFinite*");
            parameter.Set(good);
        }

        ModelBytes.Save(model).Should().NotBeEmpty();
    }

    [Fact]
    public void Save_names_the_tensor_and_the_place()
    {
        var model = new LayerStack<double>(new DenseLayer<double>(3, 2, seed: 1));
        model.Parameters[0].Update(0, static (values, _) => values[1 + 2 * 2] = double.NaN);
        FluentActions.Invoking(() => ModelBytes.Save(model)).Should().Throw<ArgumentException>().WithMessage("Expected finite numbers, got NaN in 0.weight at [1, 2].*");
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Load_and_LoadInto_refuse_a_number_that_is_not_finite(double number)
    {
        var model = new LayerStack<double>(new DenseLayer<double>(3, 2, seed: 1));
        model.Parameters[1].Set([1, number]);
        byte[] file = ModelBytes.Save(model, ModelBytes.AnyNumbers);
        string message = $"Tensor \"0.bias\": expected finite numbers, got {number} at [1]. Set AllowNonFinite to load it.";
        FluentActions.Invoking(() => ModelBytes.Load<double>(file)).Should().Throw<InvalidDataException>().WithMessage(message);
        FluentActions.Invoking(() => ModelBytes.Load<float>(file)).Should().Throw<InvalidDataException>();

        var target = new LayerStack<double>(new DenseLayer<double>(3, 2, seed: 2));
        string before = Models.Describe(target);
        FluentActions.Invoking(() => ModelFile.LoadInto(target, new MemoryStream(file))).Should().Throw<InvalidDataException>();
        Models.Describe(target).Should().Be(before);
        ModelFile.LoadInto(target, new MemoryStream(file), new ModelLoadIntoOptions { AllowNonFinite = true });
        Models.Describe(target).Should().Be(Models.Describe(model));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_bit_of_every_number_survives_on_request(string kind)
    {
        ILayer<float> model = Models.Make<float>(kind);
        Models.FillWithAnyBits(model, seed: 3);
        Models.Describe(ModelBytes.Load<float>(ModelBytes.Save(model, ModelBytes.AnyNumbers), AnyNumbers).Model).Should().Be(Models.Describe(model));
    }
}
