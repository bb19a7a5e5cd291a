using System.Buffers.Binary;
using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

public sealed class ModelFileTests
{
    public static TheoryData<string> Kinds => [.. Models.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EveryKindComesBackBitForBit(string kind)
    {
        ComesBack<float>(kind);
        ComesBack<double>(kind);

        static void ComesBack<T>(string kind)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            ILayer<T> model = Models.Make<T>(kind);
            ILayer<T> loaded = Models.Load<T>(Models.Save(model)).Model;
            Models.Describe(loaded).Should().Be(Models.Describe(model));
            Sequence<T> x = Models.InputOf(model, 3, seed: 2);
            loaded.Predict(x).Values.ToArray().Should().Equal(model.Predict(x).Values.ToArray());
            loaded.Forward(x).Output.Values.ToArray().Should().Equal(model.Forward(x).Output.Values.ToArray(), "a loaded layer draws the same masks");

            Models.FillWithAnyBits(model, seed: 3);
            Models.Describe(Models.Load<T>(Models.Save(model)).Model).Should().Be(Models.Describe(model), "a number need not be finite");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void SavingTwiceGivesTheSameBytes(string kind)
    {
        byte[] file = Models.Save(Models.Make<double>(kind));
        Models.Save(Models.Make<double>(kind)).Should().Equal(file);
        Models.Save(Models.Load<double>(file).Model).Should().Equal(file, "the loaded model is the same model");
    }

    [Fact]
    public void TheOrderInADictionaryDoesNotReachTheFile()
    {
        ILayer<float> model = Models.Make<float>("dense");
        byte[] file = Models.Save(model, new Dictionary<string, string> { ["a"] = "1", ["b"] = "2", ["B"] = "3" });
        Models.Save(model, new Dictionary<string, string> { ["B"] = "3", ["b"] = "2", ["a"] = "1" }).Should().Equal(file);
    }

    [Fact]
    public void TheCallersStringsComeBack()
    {
        var metadata = new Dictionary<string, string> { ["vocabulary"] = "aä\n\"\\日本🦖", [""] = "", ["scaler"] = "{\"mean\":[1,2]}", ["__metadata__"] = "x" };
        byte[] file = Models.Save(Models.Make<float>("lstm"), metadata);
        Models.Load<float>(file).Metadata.Should().BeEquivalentTo(metadata);
        ModelFile.LoadInto(Models.Make<float>("lstm"), new MemoryStream(file)).Should().BeEquivalentTo(metadata);
        Models.Load<float>(Models.Save(Models.Make<float>("lstm"))).Metadata.Should().BeEmpty();
    }

    [Theory]
    [InlineData("rnnsharp", "x", "*rnnsharp*")]
    [InlineData("rnnsharp.vocabulary", "x", "*rnnsharp*")]
    [InlineData("key", null, "*\"key\" is null*")]
    public void StringsThatAreNotTheCallersAreRefused(string key, string? value, string message) => RefusesMetadata(key, value, message);

    [Fact]
    public void HalfASurrogatePairIsRefused()
    {
        // No theory: test runners cannot carry such a string either.
        RefusesMetadata("key", "\ud800", "*surrogate*");
        RefusesMetadata("\udc00", "x", "*surrogate*");
    }

    [Fact]
    public void MetadataLongerThanTheFormatAllowsAreRefused()
    {
        Action save = () => Models.Save(Models.Make<float>("dense"), new Dictionary<string, string> { ["long"] = new('x', SafetensorsReader.LongestHeader) });
        save.Should().Throw<ArgumentException>().WithParameterName("metadata").WithMessage("*100000000*");
    }

    [Fact]
    public void TensorsHavePyTorchsNamesAndShapesInTheModelsOrderWithoutHoles()
    {
        byte[] file = Models.Save(Models.Make<double>("stack"));
        string header = Models.HeaderOf(file);
        ((8 + header.Length) % 8).Should().Be(0);
        using JsonDocument json = JsonDocument.Parse(header);
        string[] tensors = [.. json.RootElement.EnumerateObject().Where(member => member.Name is not "__metadata__").Select(member => $"{member.Name} {member.Value}")];
        tensors.Should().Equal(
            """0.weight_ih_l0 {"dtype":"F64","shape":[20,3],"data_offsets":[0,480]}""",
            """0.weight_hh_l0 {"dtype":"F64","shape":[20,5],"data_offsets":[480,1280]}""",
            """0.bias_ih_l0 {"dtype":"F64","shape":[20],"data_offsets":[1280,1440]}""",
            """0.bias_hh_l0 {"dtype":"F64","shape":[20],"data_offsets":[1440,1600]}""",
            """1.weight {"dtype":"F64","shape":[2,5],"data_offsets":[1600,1680]}""",
            """1.bias {"dtype":"F64","shape":[2],"data_offsets":[1680,1696]}""");
        json.RootElement.GetProperty("__metadata__").GetProperty("rnnsharp").GetString().Should().Be(
            """{"format":1,"type":"F64","model":{"kind":"stack","layers":[{"kind":"lstm","input":3,"hidden":5},{"kind":"dense","input":5,"output":2}]}}""");
        Models.DataOf(file).Should().HaveCount(1696);
    }

    [Fact]
    public void LayersWithoutNumbersStandInTheDescriptionAloneAndAResidualLayersOwnBelowZero()
    {
        using JsonDocument json = JsonDocument.Parse(Models.HeaderOf(Models.Save(new LayerStack<float>(
            new ResidualLayer<float>(new LayerNormalizationLayer<float>(3)),
            new DropoutLayer<float>(3, 0.1, seed: -7, DropoutMask.WholeSequence),
            new PoolingLayer<float>(3, Pooling.Max)))));
        json.RootElement.EnumerateObject().Where(member => member.Name is not "__metadata__").Select(member => $"{member.Name} {member.Value}").Should().Equal(
            """0.0.weight {"dtype":"F32","shape":[3],"data_offsets":[0,12]}""",
            """0.0.bias {"dtype":"F32","shape":[3],"data_offsets":[12,24]}""");
        json.RootElement.GetProperty("__metadata__").GetProperty("rnnsharp").GetString().Should().Be(
            """{"format":1,"type":"F32","model":{"kind":"stack","layers":[{"kind":"residual","layers":[{"kind":"layer_norm","size":3,"epsilon":1E-05}]},"""
            + """{"kind":"dropout","size":3,"rate":0.1,"seed":-7,"mask":"whole_sequence"},{"kind":"pooling","size":3,"pooling":"max"}]}}""");
    }

    [Fact]
    public void OptionsThatAreOnAreInTheDescriptionAndOthersAreNot()
    {
        Description(new LstmLayer<float>(3, 5, seed: 7, new LstmOptions { ProjectionSize = 2, Peepholes = true, CoupledGates = true, CellClip = 0.5, CellZoneout = 0.25, HiddenZoneout = 0.125, RecurrentDropout = 0.1, LayerNormalization = true }))
            .Should().Be("""{"kind":"lstm","input":3,"hidden":5,"layer_norm":true,"recurrent_dropout":0.1,"hidden_zoneout":0.125,"seed":7,"projection":2,"peepholes":true,"coupled_gates":true,"cell_clip":0.5,"cell_zoneout":0.25}""");
        Description(new LstmLayer<float>(3, 5, seed: 7, new LstmOptions { CellZoneout = 0.25 })).Should().Be("""{"kind":"lstm","input":3,"hidden":5,"seed":7,"cell_zoneout":0.25}""");
        Description(new GruLayer<float>(3, 5, seed: 7, new GruOptions { ResetBefore = true })).Should().Be("""{"kind":"gru","input":3,"hidden":5,"reset_before":true}""", "a layer without masks has no seed of them");
        Description(new RnnLayer<float>(3, 5, seed: 7, options: new RnnOptions { HiddenZoneout = 0.5 })).Should().Be("""{"kind":"rnn","input":3,"hidden":5,"hidden_zoneout":0.5,"seed":7,"activation":"tanh"}""");
        Description(new LstmLayer<float>(3, 5, options: new LstmOptions())).Should().Be("""{"kind":"lstm","input":3,"hidden":5}""");
        Description(new GruLayer<float>(3, 5, options: new GruOptions())).Should().Be("""{"kind":"gru","input":3,"hidden":5}""");
        Description(new RnnLayer<float>(3, 5, options: new RnnOptions())).Should().Be("""{"kind":"rnn","input":3,"hidden":5,"activation":"tanh"}""");

        static string Description(ILayer<float> layer)
        {
            using JsonDocument json = JsonDocument.Parse(Models.HeaderOf(Models.Save(layer)));
            using JsonDocument description = JsonDocument.Parse(json.RootElement.GetProperty("__metadata__").GetProperty("rnnsharp").GetString()!);
            return description.RootElement.GetProperty("model").GetRawText();
        }
    }

    [Theory]
    [InlineData("lstm of all options", "weight_ih_l0 [15,3] weight_hh_l0 [15,5] bias_ih_l0 [15] bias_hh_l0 [15] weight_hr_l0 [5,5] weight_peephole [10] weight_norm [15]")]
    [InlineData("lstm projection", "weight_ih_l0 [20,3] weight_hh_l0 [20,2] bias_ih_l0 [20] bias_hh_l0 [20] weight_hr_l0 [2,5]")]
    [InlineData("lstm peepholes", "weight_ih_l0 [20,3] weight_hh_l0 [20,5] bias_ih_l0 [20] bias_hh_l0 [20] weight_peephole [15]")]
    [InlineData("gru layer norm", "weight_ih_l0 [15,3] weight_hh_l0 [15,5] bias_ih_l0 [15] bias_hh_l0 [15] weight_norm [20]")]
    [InlineData("gru reset before", "weight_ih_l0 [15,3] weight_hh_l0 [15,5] bias_ih_l0 [15] bias_hh_l0 [15]")]
    [InlineData("rnn layer norm", "weight_ih_l0 [5,3] weight_hh_l0 [5,5] bias_ih_l0 [5] bias_hh_l0 [5] weight_norm [5]")]
    public void TensorsOfOptionsHavePyTorchsNamesWhereItHasThem(string kind, string expected)
    {
        using JsonDocument json = JsonDocument.Parse(Models.HeaderOf(Models.Save(Models.Make<float>(kind))));
        string.Join(' ', json.RootElement.EnumerateObject().Where(member => member.Name is not "__metadata__").Select(member => $"{member.Name} {member.Value.GetProperty("shape").GetRawText()}")).Should().Be(expected);
    }

    [Fact]
    public void TheSeedOfMasksIsSavedAlsoWhereItWasDrawn()
    {
        var options = new LstmOptions { RecurrentDropout = 0.5 };
        var model = new LstmLayer<double>(3, 5, options: options);
        var loaded = (LstmLayer<double>)Models.Load<double>(Models.Save(model)).Model;
        loaded.MaskSeed.Should().NotBeNull().And.Be(model.MaskSeed);

        // Other masks are other outputs, so that equal ones mean equal masks.
        Sequence<double> x = Models.Input<double>(3, 4, 6, seed: 1);
        var other = new LstmLayer<double>(3, 5, seed: unchecked(model.MaskSeed!.Value + 1), options);
        ModelFile.LoadInto(other, new MemoryStream(Models.Save(model)));
        other.Predict(x).Values.ToArray().Should().Equal(model.Predict(x).Values.ToArray());
        other.Forward(x).Output.Values.ToArray().Should().NotEqual(model.Forward(x).Output.Values.ToArray(), "LoadInto brings numbers and leaves the seed as it is");

        // The second call of a pass draws others, and those of both layers are the same again.
        loaded.Forward(x, reuse: loaded.Forward(x)).Output.Values.ToArray().Should().Equal(model.Forward(x, reuse: model.Forward(x)).Output.Values.ToArray())
            .And.NotEqual(model.Forward(x).Output.Values.ToArray());

        new LstmLayer<double>(3, 5, seed: 1, new LstmOptions { Peepholes = true }).MaskSeed.Should().BeNull("it draws no masks");
        new GruLayer<double>(3, 5, seed: 1).MaskSeed.Should().BeNull();
        new RnnLayer<double>(3, 5, seed: -3, options: new RnnOptions { HiddenZoneout = 0.1 }).MaskSeed.Should().Be(-3);
        new LstmLayer<double>(3, 5, seed: int.MinValue, new LstmOptions { CellZoneout = 0.1 }).MaskSeed.Should().Be(int.MinValue);
    }

    [Fact]
    public void SharedWeightsAreInTheFileOnceAndSharedAgainWhenLoaded()
    {
        byte[] file = Models.Save(Models.Make<float>("tied in parts"));
        using JsonDocument json = JsonDocument.Parse(Models.HeaderOf(file));
        string[] names = [.. json.RootElement.EnumerateObject().Select(member => member.Name).Where(name => name is not "__metadata__")];
        names.Should().OnlyHaveUniqueItems().And.Contain("0.0.weight").And.Contain("2.bias").And.NotContain("2.weight").And.NotContain("1.encoder.0.weight").And.NotContain("1.decoder.0.0.weight");
        json.RootElement.GetProperty("__metadata__").GetProperty("rnnsharp").GetString().Should()
            .Contain("""{"kind":"embedding","vocabulary":7,"size":3,"padding":1,"tied":"0.0.weight"}""")
            .And.Contain("""{"kind":"dense","input":3,"output":3,"tied":"0.1.weight_hh"}""")
            .And.EndWith("""{"kind":"dense","input":3,"output":7,"tied":"0.0.weight"}]}}""");

        var loaded = (LayerStack<float>)Models.Load<float>(file).Model;
        var first = (EmbeddingLayer<float>)((LayerStack<float>)loaded.Layers[0]).Layers[0];
        var both = (EncoderDecoder<float>)loaded.Layers[1];
        ((DenseLayer<float>)loaded.Layers[2]).Weights.Should().BeSameAs(first.Weights);
        ((EmbeddingLayer<float>)((LayerStack<float>)both.Encoder).Layers[0]).Weights.Should().BeSameAs(first.Weights);

        // A part alone has nothing to share with, and keeps its own copy.
        ((DenseLayer<float>)Models.Load<float>(Models.Save(loaded.Layers[2])).Model).Weights.Values.ToArray().Should().Equal(first.Weights.Values.ToArray());
    }

    [Fact]
    public void DataAreRowMajorAndTheSecondBiasIsZero()
    {
        var model = new LstmLayer<float>(2, 1, seed: 4);
        byte[] data = Models.DataOf(Models.Save(model));
        float[] numbers = [.. Enumerable.Range(0, data.Length / 4).Select(i => BinaryPrimitives.ReadSingleLittleEndian(data.AsSpan(4 * i)))];
        float[] expected =
        [
            .. Enumerable.Range(0, 8).Select(i => model.InputWeights.ToMatrix()[i / 2, i % 2]),
            .. model.RecurrentWeights.Values,
            .. model.Bias.Values,
            0, 0, 0, 0,
        ];
        numbers.Should().Equal(expected);
    }

    [Fact]
    public void TheGrusCandidateKeepsItsTwoBiasesApart()
    {
        var model = new GruLayer<double>(2, 1, seed: 5);
        byte[] file = Models.Save(model);
        double[] biases = [.. Enumerable.Range(0, 6).Select(i => BinaryPrimitives.ReadDoubleLittleEndian(Models.DataOf(file).AsSpan(72 + 8 * i)))];
        biases.Should().Equal([.. model.Bias.Values, 0, 0, model.CandidateBias!.Values[0]]);

        // Now with a second bias for the gates too: r and z are summed.
        BinaryPrimitives.WriteDoubleLittleEndian(file.AsSpan(file.Length - 24), 10);
        BinaryPrimitives.WriteDoubleLittleEndian(file.AsSpan(file.Length - 16), 20);
        var loaded = (GruLayer<double>)Models.Load<double>(file).Model;
        loaded.Bias.Values.ToArray().Should().Equal(model.Bias.Values[0] + 10, model.Bias.Values[1] + 20, model.Bias.Values[2]);
        loaded.CandidateBias!.Values.ToArray().Should().Equal(model.CandidateBias.Values.ToArray());
    }

    [Fact]
    public void NumbersOfTheOtherTypeAreConverted()
    {
        ILayer<double> model = Models.Make<double>("nested");
        ILayer<float> narrow = Models.Load<float>(Models.Save(model)).Model;
        for (int i = 0; i < model.Parameters.Count; i++) narrow.Parameters[i].Values.ToArray().Should().Equal(model.Parameters[i].Values.ToArray().Select(value => (float)value));

        ILayer<double> wide = Models.Load<double>(Models.Save(narrow)).Model;
        for (int i = 0; i < model.Parameters.Count; i++) wide.Parameters[i].Values.ToArray().Should().Equal(narrow.Parameters[i].Values.ToArray().Select(value => (double)value));
    }

    [Fact]
    public void ADoubleOutOfFloatsRangeIsRefusedAndInfinityIsNot()
    {
        var model = new DenseLayer<double>(1, 1);
        model.Weights.Set([double.NegativeInfinity]);
        model.Bias.Set([double.NaN]);
        ILayer<float> loaded = Models.Load<float>(Models.Save(model)).Model;
        loaded.Parameters.Select(parameter => parameter.Values[0]).Should().Equal(float.NegativeInfinity, float.NaN);

        model.Bias.Set([1e39]);
        Action load = () => Models.Load<float>(Models.Save(model));
        load.Should().Throw<InvalidDataException>().WithMessage("*\"bias\"*1E+39*Single*");
    }

    [Fact]
    public void TwoBiasesWhoseSumIsOutOfRangeAreRefused()
    {
        var model = new RnnLayer<float>(1, 1);
        model.Bias.Set([3e38f]);
        byte[] file = Models.Save(model);
        BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(file.Length - 4), 3e38f);
        Action load = () => Models.Load<float>(file);
        load.Should().Throw<InvalidDataException>().WithMessage("*bias_hh_l0*");
        ((RnnLayer<double>)Models.Load<double>(file).Model).Bias.Values[0].Should().Be(2.0 * 3e38f);
    }

    [Fact]
    public void AStreamIsWrittenAndReadFromItsPosition()
    {
        ILayer<float> model = Models.Make<float>("stack");
        using var stream = new MemoryStream();
        stream.Write([1, 2, 3]);
        ModelFile.Save(model, stream);
        stream.Position = 3;
        Models.Describe(ModelFile.Load<float>(stream).Model).Should().Be(Models.Describe(model));
        stream.CanRead.Should().BeTrue("the caller's stream stays open");
    }

    [Fact]
    public void AStreamNeedNotSeek()
    {
        ILayer<float> model = Models.Make<float>("larger than a buffer");
        using var target = new MemoryStream();
        ModelFile.Save(model, new OneWay(target));
        target.Position = 0;
        Models.Describe(ModelFile.Load<float>(new OneWay(target)).Model).Should().Be(Models.Describe(model));
    }

    [Fact]
    public void SavingReplacesAFileAndLeavesNothingBesideIt()
    {
        using var folder = new TemporaryFolder();
        string path = folder["model.safetensors"];
        ModelFile.Save(Models.Make<float>("gru"), path);
        ModelFile.Save(Models.Make<float>("lstm"), path);
        Models.Describe(ModelFile.Load<float>(path).Model).Should().Be(Models.Describe(Models.Make<float>("lstm")));
        File.ReadAllBytes(path).Should().Equal(Models.Save(Models.Make<float>("lstm")));
        folder.Names.Should().Equal("model.safetensors");
    }

    [Fact]
    public void WhenWritingFailsTheOldFileStaysAndNothingIsLeftBesideIt()
    {
        using var folder = new TemporaryFolder();
        string path = folder["model.safetensors"];
        File.WriteAllText(path, "old");
        Action write = () => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[100_000]);
            throw new IOException("the disk is full");
        });
        write.Should().Throw<IOException>().WithMessage("the disk is full");
        File.ReadAllText(path).Should().Be("old");
        folder.Names.Should().Equal("model.safetensors");
    }

    [Fact]
    public void WhenTheFileCannotBeReplacedNothingIsLeftBesideIt()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["model"]);
        Action save = () => ModelFile.Save(Models.Make<float>("dense"), folder["model"]);
        save.Should().Throw<Exception>().Which.Should().Match(exception => exception is IOException || exception is UnauthorizedAccessException);
        folder.Names.Should().Equal("model");
    }

    [Fact]
    public void ARefusedSaveTouchesNoFile()
    {
        using var folder = new TemporaryFolder();
        string path = folder["model.safetensors"];
        File.WriteAllText(path, "old");
        Action reserved = () => ModelFile.Save(Models.Make<float>("dense"), path, new Dictionary<string, string> { ["rnnsharp"] = "" });
        reserved.Should().Throw<ArgumentException>();
        Action unknown = () => ModelFile.Save(new LayerStack<float>(new DenseLayer<float>(1, 1), new OwnComposite()), path);
        unknown.Should().Throw<ArgumentException>().WithParameterName("model").WithMessage("*OwnComposite*");
        File.ReadAllText(path).Should().Be("old");
        Action nowhere = () => ModelFile.Save(Models.Make<float>("dense"), folder["missing/model"]);
        nowhere.Should().Throw<DirectoryNotFoundException>();
        folder.Names.Should().Equal("model.safetensors");
    }

    [Theory]
    [InlineData(1)] // stacks alone
    [InlineData(2)]
    [InlineData(int.MaxValue)] // residual layers alone
    public void LayersMadeOfLayersNestAsDeepAsAFileCanSay(int everyStack)
    {
        ILayer<float> model = new DenseLayer<float>(1, 1, seed: 1);
        for (int i = 0; i < LayerDescription.DeepestNesting; i++) model = Around(model, i);
        Models.Describe(Models.Load<float>(Models.Save(model)).Model).Should().Be(Models.Describe(model));
        Action save = () => Models.Save(Around(model, LayerDescription.DeepestNesting));
        save.Should().Throw<ArgumentException>().WithParameterName("model").WithMessage("*30*");

        ILayer<float> Around(ILayer<float> inner, int number) => (number + 1) % everyStack == 0 ? new LayerStack<float>(inner) : new ResidualLayer<float>(inner);
    }

    [Fact]
    public void WrongArgumentsAreRefused()
    {
        ILayer<float> model = Models.Make<float>("dense");
        Refused("model", () => ModelFile.Save<float>(null!, Stream.Null));
        Refused("model", () => ModelFile.Save<float>(null!, "path"));
        Refused("stream", () => ModelFile.Save(model, (Stream)null!));
        Refused("stream", () => ModelFile.Save(model, new MemoryStream([], writable: false)));
        Refused("path", () => ModelFile.Save(model, ""));
        Refused("path", () => ModelFile.Load<float>(""));
        Refused("path", () => ModelFile.Load<float>((string)null!));
        Refused("stream", () => ModelFile.Load<float>((Stream)null!));
        Refused("stream", () => ModelFile.Load<float>(new OneWay(new MemoryStream(), readable: false)));
        Refused("T", () => ModelFile.Load<Half>(new MemoryStream()));
        Refused("model", () => ModelFile.LoadInto<float>(null!, new MemoryStream()));
        Refused("model", () => ModelFile.LoadInto<float>(null!, "path"));
        Refused("model", () => ModelFile.LoadInto(new OwnComposite(), new MemoryStream()));
        Refused("path", () => ModelFile.LoadInto(model, ""));
        Refused("stream", () => ModelFile.LoadInto(model, (Stream)null!));

        static void Refused(string argument, Action call) => call.Should().Throw<ArgumentException>().WithParameterName(argument);
    }

    [Fact]
    public void AMissingFileIsSaidToBeMissing()
    {
        using var folder = new TemporaryFolder();
        Action load = () => ModelFile.Load<float>(folder["missing"]);
        load.Should().Throw<FileNotFoundException>();
    }

    private static void RefusesMetadata(string key, string? value, string message)
    {
        Action save = () => Models.Save(Models.Make<float>("dense"), new Dictionary<string, string> { [key] = value! });
        save.Should().Throw<ArgumentException>().WithParameterName("metadata").WithMessage(message);
    }

    /// <summary>A pipe: no seeking, no length, a few bytes at a time.</summary>
    private sealed class OneWay(Stream inner, bool readable = true) : Stream
    {
        public override bool CanRead => readable;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, Math.Min(count, 1000));

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
