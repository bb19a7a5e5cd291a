using System.IO.Compression;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.Keras.Tests;

/// <summary>Files with the layout of Keras 3 and 2, and what the models compute by NumPy (References/keras_files.py).</summary>
public sealed class KerasFileTests
{
    // The weights are float32 and the reference computes in float64.
    private const double DoubleTolerance = 1e-12;
    private const double SingleTolerance = 1e-5;

    private static readonly Dictionary<string, byte[]> Files = References.Files("keras_files.zip");
    private static readonly JsonElement Outputs = JsonDocument.Parse(Files["outputs.json"]).RootElement;

    // The file has a Dense and a TimeDistributed, whose order a model does not tell.
    private static readonly KerasLoadIntoOptions GruNames = new() { LayerNames = ["gru", "layer_normalization", "gru_1", "dense", "gru_2", "time_distributed"] };

    public static TheoryData<string> Names => [.. Outputs.EnumerateObject().Select(property => property.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Models_of_Keras_3_compute_the_same(string name) => Check(name, $"{name}.keras");

    [Theory]
    [MemberData(nameof(Names))]
    public void Models_of_Keras_2_compute_the_same(string name) => Check(name, $"{name}.h5", "output2");

    [Theory]
    [MemberData(nameof(Names))]
    public void Weights_load_into_a_model(string name)
    {
        foreach (string file in (string[])[$"{name}.weights.h5", $"{name}.old.weights.h5", $"{name}.keras", $"{name}.h5"])
        {
            LayerStack<double> expected = KerasFile.Load<double>(Open($"{name}.keras")).Model;
            LayerStack<double> model = Copy(expected);
            foreach (Parameter<double> parameter in model.Parameters)
            {
                // A frozen bias stands for one that Keras does not have.
                if (!parameter.Frozen) parameter.Update(0, static (values, _) => values.Fill(7));
            }

            KerasFile.LoadInto(model, Open(file), name is "gru" ? GruNames : null);
            for (int i = 0; i < model.Parameters.Count; i++) model.Parameters[i].Values.ToArray().Should().Equal(expected.Parameters[i].Values.ToArray(), "{0} of {1}", model.ParameterNames[i], file);
        }
    }

    [Fact]
    public void Compressed_archives_and_16_bits_are_read()
    {
        LayerStack<float> expected = KerasFile.Load<float>(Open("lstm.keras")).Model;
        KerasFile.Load<float>(Open("lstm.deflated.keras")).Model.Parameters[0].Values.ToArray().Should().Equal(expected.Parameters[0].Values.ToArray());
        LayerStack<float> model = Copy(expected);
        KerasFile.LoadInto(model, Open("lstm.half.weights.h5"));
        model.Parameters[0].Values.ToArray().Should().Equal(expected.Parameters[0].Values.ToArray().Select(value => (float)(Half)value));
    }

    [Theory]
    [InlineData("lstm", "chunked")]
    [InlineData("lstm", "edges")]
    [InlineData("lstm", "gzip")]
    [InlineData("lstm", "shuffled")]
    [InlineData("lstm", "latest")]
    [InlineData("many", "latest")] // more links in a group than its header holds
    [InlineData("timed", "early")] // Keras 2.13
    public void Other_layouts_of_weights_are_read(string name, string variant)
    {
        LayerStack<float> expected = KerasFile.Load<float>(Open($"{name}.keras")).Model;
        LayerStack<float> model = Copy(expected);
        foreach (Parameter<float> parameter in model.Parameters) parameter.Update(0, static (values, _) => values.Clear());
        KerasFile.LoadInto(model, Open($"{name}.{variant}.weights.h5"));
        for (int i = 0; i < model.Parameters.Count; i++) model.Parameters[i].Values.ToArray().Should().Equal(expected.Parameters[i].Values.ToArray());
    }

    [Fact]
    public void A_stream_that_cannot_seek_is_read()
    {
        KerasModel<float> expected = KerasFile.Load<float>(Open("lstm.keras"));
        KerasModel<float> model = KerasFile.Load<float>(new OneWayStream(new MemoryStream(Files["lstm.keras"])));
        model.Model.Parameters[0].Values.ToArray().Should().Equal(expected.Model.Parameters[0].Values.ToArray());
    }

    [Fact]
    public void The_gates_of_a_GRU_keep_both_biases()
    {
        var gru = (GruLayer<double>)KerasFile.Load<double>(Open("gru.keras")).Model.Layers[0];
        gru.Options.Bias.Should().Be(RecurrentBias.Separate);
        gru.Options.ResetBefore.Should().BeFalse();
    }

    [Fact]
    public void Two_biases_of_a_GRU_load_into_a_merged_one()
    {
        KerasModel<double> expected = KerasFile.Load<double>(Open("gru.keras"));
        List<ILayer<double>> layers = [.. Copy(expected.Model).Layers];
        layers[0] = new GruLayer<double>(3, 4, seed: 1);
        var model = new LayerStack<double>(layers);
        KerasFile.LoadInto(model, Open("gru.weights.h5"), GruNames);
        (Sequence<double> input, _) = Sequences<double>("gru");
        double[] actual = model.Predict(input).Values.ToArray(), wanted = expected.Model.Predict(input).Values.ToArray();
        for (int i = 0; i < wanted.Length; i++) actual[i].Should().BeApproximately(wanted[i], DoubleTolerance);
    }

    [Fact]
    public void A_final_activation_is_told_and_not_applied_by_the_model()
    {
        KerasModel<double> model = KerasFile.Load<double>(Open("lstm.keras"));
        model.FinalActivation.Should().Be(KerasActivation.Softmax);
        model.Name.Should().Be("sequential");
        model.ToString().Should().EndWith(", then softmax");
        (Sequence<double> input, _) = Sequences<double>("lstm");
        Sequence<double> scores = model.Model.Predict(input), probabilities = model.Predict(input);
        (probabilities[0, 0, 0] + probabilities[1, 0, 0]).Should().BeApproximately(1, DoubleTolerance);
        Math.Log(probabilities[0, 0, 0] / probabilities[1, 0, 0]).Should().BeApproximately(scores[0, 0, 0] - scores[1, 0, 0], DoubleTolerance);
    }

    [Fact]
    public void A_probe_that_fails_refuses_the_file()
    {
        (Sequence<double> input, Sequence<double> output) = Sequences<double>("back");
        output[0, 1, 0] += 1e-6;
        FluentActions.Invoking(() => KerasFile.Load(Open("back.keras"), probe: new ModelProbe<double>(input, output, 1e-7))).Should().Throw<InvalidDataException>().WithMessage("*differ*");
        LayerStack<double> model = Copy(KerasFile.Load<double>(Open("back.keras")).Model);
        model.Parameters[0].Update(0, static (values, _) => values.Clear());
        FluentActions.Invoking(() => KerasFile.LoadInto(model, Open("back.weights.h5"), probe: new ModelProbe<double>(input, output, 1e-7))).Should().Throw<InvalidDataException>();
        model.Parameters[0].Values.ToArray().Should().OnlyContain(value => value == 0);
    }

    [Fact]
    public void Layers_can_be_named()
    {
        LayerStack<double> expected = KerasFile.Load<double>(Open("gru.keras")).Model;
        LayerStack<double> model = Copy(expected);
        model.Parameters[0].Update(0, static (values, _) => values.Clear());
        FluentActions.Invoking(() => KerasFile.LoadInto(model, Open("gru.weights.h5"))).Should().Throw<InvalidDataException>().WithMessage("*dense and time_distributed*LayerNames*");
        model.Parameters[0].Values.ToArray().Should().OnlyContain(value => value == 0);
        KerasFile.LoadInto(model, Open("gru.weights.h5"), GruNames);
        model.Parameters[0].Values.ToArray().Should().Equal(expected.Parameters[0].Values.ToArray());
        FluentActions.Invoking(() => KerasFile.LoadInto(model, Open("gru.weights.h5"), new KerasLoadIntoOptions { LayerNames = ["gru"] })).Should().Throw<ArgumentException>().WithMessage("*6 names*");
    }

    [Fact]
    public void Layers_that_the_model_does_not_have_are_refused_unless_the_others_are_named()
    {
        float[] expected = KerasFile.Load<float>(Open("dozen.keras")).Model.Parameters[0].Values.ToArray();
        var model = new LayerStack<float>(new DenseLayer<float>(3, 1, seed: 1), new DenseLayer<float>(1, 1, seed: 1));
        float[] before = model.Parameters[0].Values.ToArray();
        foreach (string file in (string[])["dozen.weights.h5", "dozen.latest.weights.h5", "dozen.keras"])
        {
            FluentActions.Invoking(() => KerasFile.LoadInto(model, Open(file))).Should().Throw<InvalidDataException>().WithMessage("*weights in \"layers/dense_*\"*LayerNames*");
            model.Parameters[0].Values.ToArray().Should().Equal(before);
        }

        KerasFile.LoadInto(model, Open("dozen.weights.h5"), new KerasLoadIntoOptions { LayerNames = ["dense", "dense_1"] });
        model.Parameters[0].Values.ToArray().Should().Equal(expected);
    }

    [Theory]
    [InlineData("""{"keras_version":"3.4.1"}""", null)]
    [InlineData("""{"keras_version":"2.15.0"}""", null)]
    [InlineData("""{"keras_version":"4.0.0"}""", "\"4.0.0\"")]
    [InlineData("""{"date_saved":"2024-08-01"}""", "no version")]
    public void An_archive_of_an_unknown_version_is_refused(string metadata, string? reason)
    {
        using var original = new ZipArchive(Open("small.keras"));
        using MemoryStream file = new(Fuzz.StoredArchive.Of(Encoding.UTF8.GetBytes(metadata), Entry("config.json"), Entry("model.weights.h5")));
        Action load = () => KerasFile.Load<float>(file);
        if (reason is null) load.Should().NotThrow();
        else load.Should().Throw<InvalidDataException>().WithMessage($"*{reason}*Keras 2 or 3*");

        byte[] Entry(string name)
        {
            using Stream source = original.GetEntry(name)!.Open();
            using var copy = new MemoryStream();
            source.CopyTo(copy);
            return copy.ToArray();
        }
    }

    private static void Check(string name, string file, string expected = "output")
    {
        (Sequence<double> input, Sequence<double> output) = Sequences<double>(name, expected);
        Differ(KerasFile.Load(Open(file), probe: new ModelProbe<double>(input, output, DoubleTolerance)).Predict(input), output).Should().BeLessThan(DoubleTolerance);
        (Sequence<float> input32, Sequence<float> output32) = Sequences<float>(name, expected);
        Differ(KerasFile.Load(Open(file), probe: new ModelProbe<float>(input32, output32, SingleTolerance)).Predict(input32), output32).Should().BeLessThan(SingleTolerance);
    }

    private static double Differ<T>(Sequence<T> actual, Sequence<T> expected)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        actual.Values.Length.Should().Be(expected.Values.Length);
        double largest = 0;
        for (int i = 0; i < expected.Values.Length; i++) largest = Math.Max(largest, Math.Abs(double.CreateChecked(actual.Values[i] - expected.Values[i])));
        return largest;
    }

    private static (Sequence<T> Input, Sequence<T> Output) Sequences<T>(string name, string expected = "output")
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> => ReferenceCase.Sequences<T>(Outputs.GetProperty(name), expected);

    private static LayerStack<T> Copy<T>(LayerStack<T> model)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> => (LayerStack<T>)ModelConverter.Convert<T, T>(model);

    private static MemoryStream Open(string name) => new(Files[name]);
}
