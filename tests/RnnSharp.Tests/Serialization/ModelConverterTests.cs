using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

public sealed class ModelConverterTests
{
    public static TheoryData<string> Kinds => [.. Models.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_is_converted_both_ways(string kind)
    {
        ILayer<double> model = Models.Make<double>(kind);
        ILayer<float> narrow = ModelConverter.Convert<double, float>(model);
        Structure(narrow).Should().Be(Structure(model));
        for (int i = 0; i < model.Parameters.Count; i++) narrow.Parameters[i].Values.ToArray().Should().Equal(model.Parameters[i].Values.ToArray().Select(value => (float)value));

        ILayer<double> wide = ModelConverter.Convert<float, double>(narrow);
        Models.Describe(ModelConverter.Convert<double, float>(wide)).Should().Be(Models.Describe(narrow), "every float is a double");

        double[] expected = model.Predict(Models.InputOf(model, 2, seed: 5)).Values.ToArray();
        float[] actual = narrow.Predict(Models.InputOf(narrow, 2, seed: 5)).Values.ToArray();
        for (int i = 0; i < expected.Length; i++) ((double)actual[i]).Should().BeApproximately(expected[i], 1e-5);

        static string Structure<T>(ILayer<T> layer)
            where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> =>
            $"{layer.GetType().Name} {layer.InputSize} {layer.OutputSize} {(layer as RnnLayer<T>)?.Activation} {Options(layer)} {(layer as RecurrentLayer<T>)?.MaskSeed} {string.Join(' ', layer.ParameterNames)} ({string.Join(", ", layer.Parts.Select(part => Structure(part.Layer)))})";

        static RecurrentOptions? Options<T>(ILayer<T> layer)
            where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> => layer switch
            {
                LstmLayer<T> lstm => lstm.Options,
                GruLayer<T> gru => gru.Options,
                RnnLayer<T> rnn => rnn.Options,
                _ => null,
            };
    }

    [Fact]
    public void Frozen_parameters_stay_frozen()
    {
        ILayer<float> model = Models.Make<float>("nested");
        for (int i = 0; i < model.Parameters.Count; i += 2) model.Parameters[i].Frozen = true;
        ModelConverter.Convert<float, double>(model).Parameters.Select(parameter => parameter.Frozen).Should().Equal(model.Parameters.Select(parameter => parameter.Frozen));
    }

    [Fact]
    public void Converting_to_the_same_type_gives_a_copy_that_shares_nothing()
    {
        ILayer<float> model = Models.Make<float>("stack");
        Models.FillWithAnyBits(model, seed: 6);
        string before = Models.Describe(model);
        ILayer<float> copy = ModelConverter.Convert<float, float>(model);
        Models.Describe(copy).Should().Be(before);
        Models.FillWithAnyBits(copy, seed: 7);
        Models.Describe(model).Should().Be(before);
    }

    [Fact]
    public void A_number_out_of_range_is_rejected_and_infinity_is_not()
    {
        var model = new LayerStack<double>(new DenseLayer<double>(1, 1));
        model.Parameters[0].Set([double.PositiveInfinity]);
        ModelConverter.Convert<double, float>(model).Parameters[0].Values[0].Should().Be(float.PositiveInfinity);
        model.Parameters[1].Set([-1e39]);
        Action convert = () => ModelConverter.Convert<double, float>(model);
        convert.Should().Throw<ArgumentException>().WithParameterName("model").WithMessage("*Single*-1E+39*0.bias*");
    }

    [Fact]
    public void Wrong_arguments_are_rejected()
    {
        Action missing = () => ModelConverter.Convert<float, double>(null!);
        missing.Should().Throw<ArgumentNullException>().WithParameterName("model");
        Action half = () => ModelConverter.Convert<float, Half>(Models.Make<float>("lstm"));
        half.Should().Throw<ArgumentException>().WithParameterName("T").WithMessage("*Half*");
        Action unknown = () => ModelConverter.Convert<float, double>(new UnregisteredComposite());
        unknown.Should().Throw<ArgumentException>().WithParameterName("model").WithMessage("*UnregisteredComposite*");
    }
}
