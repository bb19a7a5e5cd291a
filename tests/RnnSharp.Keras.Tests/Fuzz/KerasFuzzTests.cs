using System.IO.Compression;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Layers;
using Xunit;
using Xunit.Abstractions;

namespace RnnSharp.Keras.Tests.Fuzz;

/// <summary>Changed files of each kind are refused or load as models that work, with little memory; see <see cref="FileFuzzer"/>.</summary>
public sealed class KerasFuzzTests(ITestOutputHelper output)
{
    private static readonly Dictionary<string, byte[]> Files = References.Files("keras_files.zip");

    private readonly FileFuzzer _fuzzer = new(output);

    [Fact]
    public void Changed_HDF5_files_of_weights_leave_the_model_as_it_is_or_fill_it()
    {
        byte[][] originals = [Files["small.weights.h5"], Files["small.latest.weights.h5"], Files["small.old.weights.h5"]];
        LayerStack<float> target = Target();
        float[][] values = [.. target.Parameters.Select(parameter => parameter.Values.ToArray())];
        _fuzzer.Run(
            random => Mutations.Bytes(originals[random.Next(originals.Length)], random),
            (file, random) =>
            {
                try
                {
                    KerasFile.LoadInto(target, Open(file, random));
                    for (int i = 0; i < values.Length; i++) target.Parameters[i].Set(values[i]);
                    return null;
                }
                catch (InvalidDataException)
                {
                    for (int i = 0; i < values.Length; i++)
                    {
                        if (!target.Parameters[i].Values.SequenceEqual(values[i])) throw new InvalidOperationException("A refused file changed the model.");
                    }

                    throw;
                }
            },
            file => file.Length);
    }

    [Fact]
    public void Changed_HDF5_files_of_models_are_refused_or_load()
    {
        byte[] original = Files["small.h5"];
        _fuzzer.Run(random => Mutations.Bytes(original, random), (file, random) => KerasFile.Load<float>(Open(file, random)).Model, file => file.Length);
    }

    [Fact]
    public void Changed_archives_are_refused_or_load()
    {
        byte[] original = Files["small.keras"];
        Dictionary<string, byte[]> entries = [];
        using (var archive = new ZipArchive(new MemoryStream(original)))
        {
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                using var copy = new MemoryStream();
                using Stream source = entry.Open();
                source.CopyTo(copy);
                entries.Add(entry.Name, copy.ToArray());
            }
        }

        byte[] config = entries["config.json"];
        config = Encoding.UTF8.GetBytes(JsonDocument.Parse(config).RootElement.GetRawText());
        _fuzzer.Run(Changed, (file, random) => KerasFile.Load<float>(Open(file, random)).Model, file => file.Length);

        byte[] Changed(Random random) => random.Next(6) switch
        {
            0 => Mutations.Bytes(original, random),
            1 => Archive(entries["metadata.json"], config, Mutations.Bytes(entries["model.weights.h5"], random)),
            _ => Archive(entries["metadata.json"], Mutations.Json(config, random), entries["model.weights.h5"]),
        };
    }

    [Fact]
    public void Changed_models_of_TensorFlowJs_are_refused_or_load()
    {
        using var json = new MemoryStream();
        using var weights = new MemoryStream();
        TensorFlowJsFile.Save(new LayerStack<float>(new BidirectionalLayer<float>(new Recurrent.RnnLayer<float>(2, 1, 1), new Recurrent.RnnLayer<float>(2, 1, 1)), new DenseLayer<float>(2, 1, 1)), json, weights, "w.bin");
        (byte[] Json, byte[] Weights) original = (json.ToArray(), weights.ToArray());
        _fuzzer.Run(
            random => random.Next(10) == 0 ? (original.Json, Mutations.Bytes(original.Weights, random)) : (Mutations.Json(original.Json, random), original.Weights),
            (file, random) => TensorFlowJsFile.Load<float>(Open(file.Item1, random), _ => Open(file.Item2, random)).Model,
            file => file.Item1.Length + file.Item2.Length);
    }

    [Fact]
    public void Every_truncation_of_a_model_of_TensorFlowJs_is_refused()
    {
        using var json = new MemoryStream();
        using var weights = new MemoryStream();
        TensorFlowJsFile.Save(new DenseLayer<float>(2, 1, 1), json, weights, "w.bin");
        (byte[] text, byte[] values) = (json.ToArray(), weights.ToArray());
        for (int length = 0; length < text.Length; length++) Refused(text[..length], values).Should().BeTrue();
        for (int length = 0; length < values.Length; length++) Refused(text, values[..length]).Should().BeTrue();
        Refused(text, [.. values, 0]).Should().BeTrue();
        Refused(text, values).Should().BeFalse();

        static bool Refused(byte[] json, byte[] weights)
        {
            try
            {
                TensorFlowJsFile.Load<float>(new MemoryStream(json), _ => new MemoryStream(weights));
                return false;
            }
            catch (InvalidDataException)
            {
                return true;
            }
        }
    }

    private static LayerStack<float> Target() => KerasFile.Load<float>(new MemoryStream(Files["small.keras"])).Model;

    private static Stream Open(byte[] file, Random random) => random.Next(8) == 0 ? new OneWayStream(file) : new MemoryStream(file);

    private static byte[] Archive(byte[] metadata, byte[] config, byte[] weights)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create))
        {
            Add("metadata.json", metadata);
            Add("config.json", config);
            Add("model.weights.h5", weights);

            void Add(string name, byte[] bytes)
            {
                using Stream entry = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(bytes);
            }
        }

        return stream.ToArray();
    }
}
