using System.Buffers.Binary;
using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

/// <summary>A loaded model is the one that was saved.</summary>
public sealed class RoundTripTests
{
    public static TheoryData<string> Kinds => [.. Models.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Load_returns_the_saved_model_to_the_last_bit(string kind)
    {
        Check<float>(kind);
        Check<double>(kind);

        static void Check<T>(string kind)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            ILayer<T> model = Models.Make<T>(kind);
            ILayer<T> loaded = ModelBytes.Load<T>(ModelBytes.Save(model)).Model;
            Models.Describe(loaded).Should().Be(Models.Describe(model));
            Sequence<T> x = Models.InputOf(model, 3, seed: 2);
            loaded.Predict(x).Values.ToArray().Should().Equal(model.Predict(x).Values.ToArray());
            loaded.Forward(x).Output.Values.ToArray().Should().Equal(model.Forward(x).Output.Values.ToArray(), "a loaded layer draws the same masks");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Save_writes_the_same_bytes_for_the_same_model(string kind)
    {
        byte[] file = ModelBytes.Save(Models.Make<double>(kind));
        ModelBytes.Save(Models.Make<double>(kind)).Should().Equal(file);
        ModelBytes.Save(ModelBytes.Load<double>(file).Model).Should().Equal(file);
    }

    [Fact]
    public void An_encoder_decoder_that_does_not_stream_is_loaded()
    {
        var model = new EncoderDecoder<float>(Both(1), Both(3));
        model.IsStreaming.Should().BeFalse();
        var loaded = (EncoderDecoder<float>)ModelBytes.Load<float>(ModelBytes.Save(model)).Model;
        Models.Describe(loaded).Should().Be(Models.Describe(model));
        Sequence<float> source = Models.InputOf(model.Encoder, 3, seed: 1), x = Models.InputOf(model, 3, seed: 2);
        loaded.Predict(source, x).Values.ToArray().Should().Equal(model.Predict(source, x).Values.ToArray());

        static BidirectionalLayer<float> Both(int seed) => new(new GruLayer<float>(2, 3, seed), new GruLayer<float>(2, 3, seed + 1));
    }

    [Fact]
    public void Load_converts_numbers_of_the_other_type()
    {
        ILayer<double> model = Models.Make<double>("nested");
        ILayer<float> narrow = ModelBytes.Load<float>(ModelBytes.Save(model)).Model;
        for (int i = 0; i < model.Parameters.Count; i++) narrow.Parameters[i].Values.ToArray().Should().Equal(model.Parameters[i].Values.ToArray().Select(value => (float)value));

        ILayer<double> wide = ModelBytes.Load<double>(ModelBytes.Save(narrow)).Model;
        for (int i = 0; i < model.Parameters.Count; i++) wide.Parameters[i].Values.ToArray().Should().Equal(narrow.Parameters[i].Values.ToArray().Select(value => (double)value));
    }

    [Fact]
    public void Load_rejects_a_double_out_of_the_range_of_float()
    {
        var model = new DenseLayer<double>(1, 1, seed: 1);
        model.Bias.Set([1e39]);
        byte[] file = ModelBytes.Save(model);
        FluentActions.Invoking(() => ModelBytes.Load<float>(file)).Should().Throw<InvalidDataException>().WithMessage("*\"bias\"*1E+39*Single*");
        ((DenseLayer<double>)ModelBytes.Load<double>(file).Model).Bias.Values[0].Should().Be(1e39);
    }

    [Fact]
    public void Load_rejects_two_biases_whose_sum_is_out_of_range()
    {
        var model = new RnnLayer<float>(1, 1);
        model.Bias.Set([3e38f]);
        byte[] file = ModelBytes.Save(model);
        BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(file.Length - sizeof(float)), 3e38f);
        ModelBytes.Seal(file);
        FluentActions.Invoking(() => ModelBytes.Load<float>(file)).Should().Throw<InvalidDataException>().WithMessage("*bias_hh_l0*");
        ((RnnLayer<double>)ModelBytes.Load<double>(file).Model).Bias.Values[0].Should().Be(2.0 * 3e38f);
    }

    [Fact]
    public void Load_restores_the_seed_of_masks_also_where_it_was_drawn()
    {
        var options = new LstmOptions { RecurrentDropout = 0.5 };
        var model = new LstmLayer<double>(3, 5, options: options);
        var loaded = (LstmLayer<double>)ModelBytes.Load<double>(ModelBytes.Save(model)).Model;
        loaded.MaskSeed.Should().NotBeNull().And.Be(model.MaskSeed);

        // Other masks give other outputs, so equal outputs mean equal masks.
        Sequence<double> x = Models.Input<double>(3, 4, 6, seed: 1);
        var other = new LstmLayer<double>(3, 5, seed: unchecked(model.MaskSeed!.Value + 1), options);
        ModelFile.LoadInto(other, new MemoryStream(ModelBytes.Save(model)));
        double[] first = First(model);
        other.Predict(x).Values.ToArray().Should().Equal(model.Predict(x).Values.ToArray());
        First(other).Should().NotEqual(first, "LoadInto brings numbers and leaves the seed as it is");
        First(loaded).Should().Equal(first);
        Second(loaded).Should().Equal(Second(model)).And.NotEqual(first, "the second call of a pass draws other masks");

        double[] First(LstmLayer<double> layer) => Drawn(layer, 0).Output.Values.ToArray();

        double[] Second(LstmLayer<double> layer) => layer.Forward(x, reuse: Drawn(layer, 0)).Output.Values.ToArray();

        ForwardPass<double> Drawn(LstmLayer<double> layer, long draw)
        {
            ForwardPass<double> pass = layer.CreatePass();
            pass.Draw = draw;
            return layer.Forward(x, reuse: pass);
        }
    }

    [Fact]
    public void MaskSeed_is_the_given_seed_of_a_layer_with_masks_and_null_without()
    {
        new LstmLayer<double>(3, 5, seed: 1, new LstmOptions { Peepholes = true }).MaskSeed.Should().BeNull();
        new GruLayer<double>(3, 5, seed: 1).MaskSeed.Should().BeNull();
        new RnnLayer<double>(3, 5, seed: -3, options: new RnnOptions { HiddenZoneout = 0.1 }).MaskSeed.Should().Be(-3);
        new LstmLayer<double>(3, 5, seed: int.MinValue, new LstmOptions { CellZoneout = 0.1 }).MaskSeed.Should().Be(int.MinValue);
    }

    [Fact]
    public void Load_shares_the_weights_that_the_saved_layers_shared()
    {
        byte[] file = ModelBytes.Save(Models.Make<float>("tied in parts"));
        string[] names = [.. ModelBytes.TensorsOf(file).Select(tensor => tensor.Split(' ')[0])];
        names.Should().OnlyHaveUniqueItems().And.Contain("0.0.weight").And.Contain("2.bias").And.NotContain("2.weight").And.NotContain("1.encoder.0.weight").And.NotContain("1.decoder.0.0.weight");
        ModelBytes.DescriptionOf(file).Should()
            .Contain("""{"kind":"embedding","vocabulary":7,"size":3,"padding":1,"tied":"0.0.weight"}""")
            .And.Contain("""{"kind":"dense","input":3,"output":3,"tied":"0.1.weight_hh"}""")
            .And.EndWith("""{"kind":"dense","input":3,"output":7,"tied":"0.0.weight"}]}}""");

        var loaded = (LayerStack<float>)ModelBytes.Load<float>(file).Model;
        var first = (EmbeddingLayer<float>)((LayerStack<float>)loaded.Layers[0]).Layers[0];
        var both = (EncoderDecoder<float>)loaded.Layers[1];
        ((DenseLayer<float>)loaded.Layers[2]).Weights.Should().BeSameAs(first.Weights);
        ((EmbeddingLayer<float>)((LayerStack<float>)both.Encoder).Layers[0]).Weights.Should().BeSameAs(first.Weights);

        // A part by itself has nothing to share with, and keeps a copy.
        ((DenseLayer<float>)ModelBytes.Load<float>(ModelBytes.Save(loaded.Layers[2])).Model).Weights.Values.ToArray().Should().Equal(first.Weights.Values.ToArray());
    }

    [Theory]
    [InlineData(1)] // stacks alone
    [InlineData(2)]
    [InlineData(int.MaxValue)] // residual layers alone
    public void Save_rejects_a_model_that_is_nested_more_deeply_than_Load_allows(int everyStack)
    {
        const int Deepest = 32;
        ILayer<float> model = new DenseLayer<float>(1, 1, seed: 1);
        for (int i = 1; i < Deepest; i++) model = Around(model, i);
        Models.Describe(ModelBytes.Load<float>(ModelBytes.Save(model)).Model).Should().Be(Models.Describe(model));

        ILayer<float> deeper = Around(model, Deepest);
        FluentActions.Invoking(() => ModelBytes.Save(deeper)).Should().Throw<ArgumentException>().WithParameterName("model").WithMessage("*at most 32 layers inside one another*");
        var limits = new ModelLimits { Nesting = Deepest + 1 };
        Models.Describe(ModelBytes.Load<float>(ModelBytes.Save(deeper, new ModelSaveOptions { Limits = limits }), new ModelLoadOptions { Limits = limits }).Model).Should().Be(Models.Describe(deeper));

        ILayer<float> Around(ILayer<float> inner, int number) => number % everyStack == 0 ? new LayerStack<float>(inner) : new ResidualLayer<float>(inner);
    }
}
