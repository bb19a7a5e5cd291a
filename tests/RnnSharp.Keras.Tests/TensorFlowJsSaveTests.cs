using System.Globalization;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Keras.Tests;

/// <summary>Models that the library writes for TensorFlow.js and Keras.</summary>
public sealed class TensorFlowJsSaveTests
{
    private const int Models = 100;

    [Fact]
    public void Saved_models_load_and_compute_the_same()
    {
        for (int seed = 0; seed < Models; seed++)
        {
            LayerStack<double> model = RandomModels.Create<double>(seed);
            using var json = new MemoryStream();
            using var weights = new MemoryStream();
            TensorFlowJsFile.Save(model, json, weights, "weights.bin");
            json.Position = 0;
            KerasModel<double> loaded = TensorFlowJsFile.Load<double>(json, _ => new MemoryStream(weights.ToArray()));
            loaded.IsOutputReversed.Should().BeFalse();
            Differ(model, loaded.Model, seed).Should().BeLessThan(1e-6, "of model {0}", seed); // two biases are written as one of float
        }
    }

    [Fact]
    public void Models_of_TensorFlowJs_go_back_to_it()
    {
        int saved = 0;
        foreach (JsonElement reference in References.Json("tfjs_models.json.gz").GetProperty("cases").EnumerateArray())
        {
            KerasModel<float> model = ReferenceCase.Load<float>(reference);
            if (model.IsOutputReversed) continue; // nothing in TensorFlow.js reverses time
            using var json = new MemoryStream();
            using var weights = new MemoryStream();
            TensorFlowJsFile.Save(model.Model, json, weights, "weights.bin", new TensorFlowJsSaveOptions { FinalActivation = model.FinalActivation });
            json.Position = 0;
            KerasModel<float> again = TensorFlowJsFile.Load<float>(json, _ => new MemoryStream(weights.ToArray()));
            (Sequence<float> input, _) = ReferenceCase.Sequences<float>(reference);
            again.Predict(input).Values.ToArray().Should().Equal(model.Predict(input).Values.ToArray());
            saved++;
        }

        saved.Should().BeGreaterThan(80);
    }

    [Fact]
    public void Saved_weights_load_into_a_model_of_the_same_layers()
    {
        for (int seed = 0; seed < Models; seed++)
        {
            LayerStack<double> model = RandomModels.Create<double>(seed, hasKerasOnly: true);
            var copy = (LayerStack<double>)ModelConverter.Convert<double, double>(model);
            foreach (Parameter<double> parameter in copy.Parameters) parameter.Update(0, static (values, _) => values.Fill(3));
            using var stream = new MemoryStream();
            KerasFile.SaveWeights(model, stream);
            stream.Position = 0;
            KerasFile.LoadInto(copy, stream);
            Differ(model, copy, seed).Should().BeLessThan(1e-12, "of model {0}", seed);
        }
    }

    [Fact]
    public void A_file_of_weights_stands_beside_the_model()
    {
        string folder = Directory.CreateTempSubdirectory("rnnsharp-keras-").FullName;
        try
        {
            LayerStack<float> model = RandomModels.Create<float>(1);
            TensorFlowJsFile.Save(model, Path.Combine(folder, "model.json"), new TensorFlowJsSaveOptions { Name = "digits", FinalActivation = KerasActivation.Softmax });
            Directory.GetFiles(folder).Select(Path.GetFileName).Should().BeEquivalentTo("model.json", "model.weights.bin");
            KerasModel<float> loaded = TensorFlowJsFile.Load<float>(Path.Combine(folder, "model.json"));
            loaded.Name.Should().Be("digits");
            loaded.FinalActivation.Should().Be(KerasActivation.Softmax);
            KerasFile.SaveWeights(model, Path.Combine(folder, "weights.npz"));
            KerasFile.LoadInto(loaded.Model, Path.Combine(folder, "weights.npz"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("best 98%.json")]
    [InlineData("a?.json")]
    [InlineData("com1.json")]
    public void A_name_that_would_not_load_is_refused_before_anything_is_written(string name)
    {
        string folder = Directory.CreateTempSubdirectory("rnnsharp-keras-").FullName;
        try
        {
            FluentActions.Invoking(() => TensorFlowJsFile.Save(RandomModels.Create<float>(1), Path.Combine(folder, name))).Should().Throw<ArgumentException>().WithParameterName("path");
            Directory.GetFileSystemEntries(folder).Should().BeEmpty();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("model.json")]
    [InlineData("model.weights.bin")]
    public void Old_files_stay_as_they_are_if_one_of_them_cannot_be_written(string blocked)
    {
        string folder = Directory.CreateTempSubdirectory("rnnsharp-keras-").FullName;
        try
        {
            // A folder with a file in it cannot be replaced.
            Directory.CreateDirectory(Path.Combine(folder, blocked));
            File.WriteAllText(Path.Combine(folder, blocked, "file"), "old");
            string other = Path.Combine(folder, blocked is "model.json" ? "model.weights.bin" : "model.json");
            File.WriteAllText(other, "old");
            Exception? failure = Record.Exception(() => TensorFlowJsFile.Save(RandomModels.Create<float>(1), Path.Combine(folder, "model.json")));
            (failure is IOException or UnauthorizedAccessException).Should().BeTrue("{0}", failure);
            File.ReadAllText(other).Should().Be("old");
            Directory.GetFileSystemEntries(folder).Should().HaveCount(2);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void What_Keras_lacks_is_refused_by_the_layers_path()
    {
        Refuse(new LayerStack<float>(new DenseLayer<float>(3, 3, 1), new ResidualLayer<float>(new DenseLayer<float>(3, 3, 1))), "layer 1 (ResidualLayer)");
        Refuse(new LayerStack<float>(new LstmLayer<float>(3, 3, 1, new LstmOptions { Peepholes = true })), "layer 0 (LstmLayer)*peepholes");
        Refuse(new LayerStack<float>(new LayerStack<float>(new LstmLayer<float>(3, 3, 1, new LstmOptions { HiddenZoneout = 0.1 }))), "layer 0.0 (LstmLayer)*zoneout");
        Refuse(new BidirectionalLayer<float>(new LstmLayer<float>(3, 3, 1), new DenseLayer<float>(3, 3, 1)), "backward");
        Refuse(new BidirectionalLayer<float>(new LstmLayer<float>(3, 3, 1), new LstmLayer<float>(3, 2, 1)), "two directions of different options");
        Refuse(new ReverseLayer<float>(new LstmLayer<float>(3, 3, 1)), "reverses time");
        Refuse(new LayerStack<float>(new DenseLayer<float>(3, 3, 1), new PoolingLayer<float>(3, Pooling.Last)), "layer 1 (PoolingLayer)*return_sequences");
        Refuse(new LayerStack<float>(new GruLayer<float>(3, 3, 1)), "GRU like the layer 0*reset gate");
        Refuse(new LayerStack<float>(new DenseLayer<float>(3, 3, 1), new ActivationLayer<float>(3, Activation.HardSigmoid(1.0 / 6)), new DenseLayer<float>(3, 3, 1)), "Activation like the layer 1, which has the hard sigmoid of Keras 3");
        Refuse(new IndRnnLayer<float>(3, 3, 1), "the model (IndRnnLayer)");
        Refuse(new LayerStack<float>(new PoolingLayer<float>(3, Pooling.Mean), new RnnLayer<float>(3, 3, 1)), "layer 1 (RnnLayer)");
        var embedding = new EmbeddingLayer<float>(4, 3, seed: 1);
        Refuse(new LayerStack<float>(embedding, new DenseLayer<float>(embedding.Weights, 1)), "shared");
        var infinite = new DenseLayer<float>(3, 3, 1);
        infinite.Weights.Update(0, static (values, _) => values[2] = float.NaN);
        Refuse(infinite, "finite");
        var large = new DenseLayer<double>(3, 3, 1);
        large.Weights.Update(0, static (values, _) => values[2] = 1e300);
        FluentActions.Invoking(() => TensorFlowJsFile.Save(large, Stream.Null, Stream.Null, "w.bin")).Should().Throw<ArgumentException>().WithMessage("*float's range*");

        static void Refuse(ILayer<float> model, string message)
        {
            using var json = new MemoryStream();
            using var weights = new MemoryStream();
            FluentActions.Invoking(() => TensorFlowJsFile.Save(model, json, weights, "w.bin")).Should().Throw<ArgumentException>().WithMessage($"*{message}*");
            (json.Length + weights.Length).Should().Be(0);
        }
    }

    /// <summary>Writes models with an input and their output for References/tfjs_check.mjs, into the folder that RNNSHARP_TFJS_FOLDER gives.</summary>
    [Fact]
    public void Models_are_written_for_a_check_by_TensorFlowJs()
    {
        if (Environment.GetEnvironmentVariable("RNNSHARP_TFJS_FOLDER") is not { Length: > 0 } folder) return;
        for (int seed = 0; seed < Models; seed++)
        {
            LayerStack<float> model = RandomModels.Create<float>(seed);
            string own = Directory.CreateDirectory(Path.Combine(folder, seed.ToString(CultureInfo.InvariantCulture))).FullName;
            TensorFlowJsFile.Save(model, Path.Combine(own, "model.json"));
            Sequence<float> input = RandomModels.Input(model, seed), output = model.Predict(input);
            object values = input.IsTokens ? input.ToTokens().SelectMany(example => example) : BatchFirst(input);
            File.WriteAllText(Path.Combine(own, "case.json"), JsonSerializer.Serialize(new { tokens = input.IsTokens, input = values, output = BatchFirst(output) }));
        }
    }

    private static IEnumerable<float> BatchFirst(Sequence<float> sequence) => sequence.ToJagged().SelectMany(example => example).SelectMany(step => step);

    private static double Differ(ILayer<double> model, ILayer<double> other, int seed)
    {
        Sequence<double> input = RandomModels.Input(model, seed), first = model.Predict(input), second = other.Predict(input);
        second.Values.Length.Should().Be(first.Values.Length);
        return first.Values.ToArray().Zip(second.Values.ToArray(), (x, y) => Math.Abs(x - y)).Max();
    }
}
