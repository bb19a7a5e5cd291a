using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Tests.Serialization;
using Xunit;
using Xunit.Abstractions;

namespace RnnSharp.Keras.Tests.Fuzz;

/// <summary>Changed files of each kind are refused or load as models that work, with little memory; see <see cref="FileFuzzer"/>.</summary>
public sealed class KerasFuzzTests(ITestOutputHelper output)
{
    private static readonly Dictionary<string, byte[]> Files = References.Files("keras_files.zip");

    private static readonly byte[] Metadata = """{"keras_version":"3.4.1"}"""u8.ToArray();

    private readonly FileFuzzer _fuzzer = new(output);

    [Fact]
    public void Changed_HDF5_files_of_weights_leave_the_model_as_it_is_or_fill_it()
    {
        byte[][] originals = [Files["small.weights.h5"], Files["small.old.weights.h5"], Files["small.shuffled.weights.h5"]];
        Fill("small", random => Mutations.Bytes(originals[random.Next(originals.Length)], random));
    }

    [Fact]
    public void Changed_HDF5_files_with_checksums_leave_the_model_as_it_is_or_fill_it()
    {
        // Groups in headers and in heaps; most checksums are computed again, so that changes come past them.
        var seals = new Hdf5Seals(Files["dozen.latest.weights.h5"]);
        Fill("dozen", random =>
        {
            byte[] changed = Mutations.Bytes(Files["dozen.latest.weights.h5"], random);
            if (random.Next(8) != 0) seals.Renew(changed);
            return changed;
        });
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
        byte[] config = Config(Files["small.keras"]), weights = Files["small.latest.weights.h5"], original = StoredArchive.Of(Metadata, config, weights);
        _fuzzer.Run(Changed, (file, random) => KerasFile.Load<float>(Open(file, random)).Model, file => file.Length);

        byte[] Changed(Random random) => random.Next(6) switch
        {
            0 => Mutations.Bytes(original, random),
            1 => StoredArchive.Of(Metadata, config, Mutations.Bytes(weights, random)),
            _ => StoredArchive.Of(Metadata, Mutations.Json(config, random), weights),
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

    [Fact]
    public void A_file_that_is_slow_twice_fails()
    {
        var fuzzer = new FileFuzzer(output, mostMilliseconds: 20);
        FluentActions.Invoking(() => fuzzer.Run(
            random => random.Next(),
            (file, _) =>
            {
                if (file == new Random(0).Next()) Thread.Sleep(50);
                return null;
            },
            file => 0)).Should().Throw<Exception>().WithMessage("*took * ms of at most 20*");
    }

    private void Fill(string name, Func<Random, byte[]> mutate)
    {
        LayerStack<float> target = KerasFile.Load<float>(new MemoryStream(Files[$"{name}.keras"])).Model;
        float[][] values = [.. target.Parameters.Select(parameter => parameter.Values.ToArray())];
        _fuzzer.Run(
            mutate,
            (file, random) =>
            {
                bool isFilled = false;
                try
                {
                    KerasFile.LoadInto(target, Open(file, random));
                    isFilled = true;
                }
                finally
                {
                    for (int i = 0; i < values.Length; i++)
                    {
                        if (isFilled) target.Parameters[i].Set(values[i]);
                        else target.Parameters[i].Values.SequenceEqual(values[i]).Should().BeTrue("a refused file changes nothing");
                    }
                }

                return null;
            },
            file => file.Length);
    }

    private static Stream Open(byte[] file, Random random) => random.Next(8) == 0 ? new OneWayStream(new MemoryStream(file)) : new MemoryStream(file);

    /// <summary>The configuration in an archive, without what has no effect on a loaded model, so that most changes have one.</summary>
    private static byte[] Config(byte[] file)
    {
        using var archive = new ZipArchive(new MemoryStream(file));
        using var copy = new MemoryStream();
        using Stream source = archive.GetEntry("config.json")!.Open();
        source.CopyTo(copy);
        JsonNode config = JsonNode.Parse(copy.ToArray())!;
        Strip(config);
        return Encoding.UTF8.GetBytes(config.ToJsonString());

        static void Strip(JsonNode? node)
        {
            if (node is JsonArray items) foreach (JsonNode? item in items) Strip(item);
            if (node is not JsonObject members) return;
            foreach (string name in members.Select(member => member.Key).ToList())
            {
                if (name is "dtype" or "module" or "registered_name" or "compile_config" or "build_config" || name.EndsWith("_initializer", StringComparison.Ordinal) || members[name] is null) members.Remove(name);
                else Strip(members[name]);
            }
        }
    }
}
