using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

public sealed class TensorSourceTests
{
    [Fact]
    public void Safetensors_file_is_a_tensor_source()
    {
        byte[] file = ModelBytes.Of("""{"b":{"dtype":"I16","shape":[3],"data_offsets":[8,14]},"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"c":{"dtype":"C64","shape":[],"data_offsets":[14,22]},"d":{"dtype":"BOOL","shape":[2],"data_offsets":[22,24]},"e":{"dtype":"U64","shape":[1],"data_offsets":[24,32]},"f":{"dtype":"I8","shape":[1],"data_offsets":[32,33]}}""",
            [.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f), 1, 0, 255, 255, 0, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 255, 255, 255, 255, 255, 255, 255, 255, 0x80]);
        using TensorSource tensors = SafetensorsFile.Open(new OneWayStream(new MemoryStream(file)));
        tensors.Tensors.Select(tensor => tensor.ToString()).Should().Equal("a F32 [1, 2]", "b I16 [3]", "c C64 []", "d BOOL [2]", "e U64 [1]", "f I8 [1]");
        tensors.Tensors.Select(tensor => tensor.Type).Should().Equal(TensorType.Float32, TensorType.Int16, TensorType.Other, TensorType.Boolean, TensorType.UInt64, TensorType.Int8);
        tensors.Tensors.Select(tensor => tensor.Count).Should().Equal(2, 3, 1, 2, 1, 1);
        tensors.Metadata.Should().Equal(new Dictionary<string, string> { ["format"] = "pt" });
        tensors.IndexOf("b").Should().Be(1);
        tensors.IndexOf("x").Should().Be(-1);
        tensors.ReadAll<double>(0).Should().Equal(1.5, -2);
        tensors.ReadAll<float>(1).Should().Equal(1, -1, -32768);
        tensors.ReadAll<float>(3).Should().Equal(0, 1);
        tensors.ReadAll<double>(4).Should().Equal(18446744073709551615.0);
        tensors.ReadAll<float>(5).Should().Equal(-128);
        var two = new double[2];
        tensors.Read<double>(1, 1, two);
        two.Should().Equal(-1, -32768);
        FluentActions.Invoking(() => tensors.ReadAll<float>(2)).Should().Throw<InvalidDataException>().WithMessage("*\"c\"*\"C64\"*");
    }

    [Fact]
    public void Values_out_of_the_range_of_float_are_refused()
    {
        byte[] file = ModelBytes.Of("""{"a":{"dtype":"F64","shape":[3],"data_offsets":[0,24]}}""", [.. BitConverter.GetBytes(1.0), .. BitConverter.GetBytes(double.NegativeInfinity), .. BitConverter.GetBytes(1e300)]);
        using TensorSource tensors = SafetensorsFile.Open(new MemoryStream(file));
        tensors.Read<float>(0, 0, new float[2]);
        FluentActions.Invoking(() => tensors.Read<float>(0, 0, new float[3])).Should().Throw<InvalidDataException>().WithMessage("*1E+300*Single*");
        tensors.ReadAll<double>(0).Should().Equal(1, double.NegativeInfinity, 1e300);
    }

    [Fact]
    public void Model_loads_from_an_open_source_and_the_source_stays_open()
    {
        var source = new DenseLayer<double>(3, 2, seed: 1);
        using var folder = new TemporaryFolder();
        ModelFile.Save(source, folder["a"], new() { Metadata = new Dictionary<string, string> { ["note"] = "x" } });
        using TensorSource tensors = SafetensorsFile.Open(folder["a"]);
        for (int i = 0; i < 2; i++)
        {
            var target = new DenseLayer<double>(3, 2, seed: 2);
            ModelFile.LoadInto(target, tensors).Should().Equal(new Dictionary<string, string> { ["note"] = "x" });
            Models.Describe(target).Should().Be(Models.Describe(source));
        }

        File.Delete(folder["a"]);
    }

    [Fact]
    public void Damaged_model_file_gives_no_values()
    {
        byte[] file = ModelBytes.Save(new DenseLayer<double>(3, 2, seed: 1));
        file[^1] ^= 1;
        using TensorSource tensors = SafetensorsFile.Open(new MemoryStream(file));
        FluentActions.Invoking(() => tensors.ReadAll<double>(0)).Should().Throw<InvalidDataException>().WithMessage("*checksum*");
        FluentActions.Invoking(() => ModelFile.LoadInto(new DenseLayer<double>(3, 2), tensors)).Should().Throw<InvalidDataException>().WithMessage("*checksum*");
    }

    [Fact]
    public void File_is_closed_when_it_is_refused_or_disposed()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a"], [1, 2, 3]);
        FluentActions.Invoking(() => SafetensorsFile.Open(folder["a"])).Should().Throw<InvalidDataException>().WithMessage($"{folder["a"]}: *");
        using (File.Open(folder["a"], FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
        }

        ModelFile.Save(new DenseLayer<double>(3, 2), folder["b"]);
        TensorSource tensors = SafetensorsFile.Open(folder["b"]);
        tensors.Dispose();
        using (File.Open(folder["b"], FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
        }

        FluentActions.Invoking(() => tensors.ReadAll<double>(0)).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void Bad_arguments_are_refused_by_name()
    {
        FluentActions.Invoking(() => SafetensorsFile.Open("")).Should().Throw<ArgumentException>().WithParameterName("path");
        FluentActions.Invoking(() => SafetensorsFile.Open((Stream)null!)).Should().Throw<ArgumentNullException>().WithParameterName("stream");
        FluentActions.Invoking(() => SafetensorsFile.Open(new OneWayStream(Stream.Null, readable: false))).Should().Throw<ArgumentException>().WithParameterName("stream");
        FluentActions.Invoking(() => new TensorInfo(null!, TensorType.Float32, default)).Should().Throw<ArgumentNullException>().WithParameterName("name");
        FluentActions.Invoking(() => new TensorInfo("a", (TensorType)99, default)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("type").WithMessage("*99*");
        FluentActions.Invoking(() => new TensorInfo("a", TensorType.Float32, new long[] { 2, -1 })).Should().Throw<ArgumentException>().WithParameterName("shape").WithMessage("*[2, -1]*");
        FluentActions.Invoking(() => new TensorInfo("a", TensorType.Float32, new long[] { 1L << 32, 1L << 31 })).Should().Throw<ArgumentException>().WithParameterName("shape");
        using TensorSource tensors = SafetensorsFile.Open(new MemoryStream(ModelBytes.Save(new DenseLayer<double>(3, 2))));
        FluentActions.Invoking(() => tensors.Read(2, 0, new float[1].AsSpan())).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("index").WithMessage("*0 to 1*2*");
        FluentActions.Invoking(() => tensors.Read(0, -1, new float[1].AsSpan())).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("first").WithMessage("*0 to 6*-1*");
        FluentActions.Invoking(() => tensors.Read(0, 5, new float[2].AsSpan())).Should().Throw<ArgumentException>().WithParameterName("target").WithMessage("*at most 1*2*");
        FluentActions.Invoking(() => tensors.Read(0, 0, new Half[2].AsSpan())).Should().Throw<ArgumentException>().WithParameterName("T");
        FluentActions.Invoking(() => tensors.IndexOf(null!)).Should().Throw<ArgumentNullException>().WithParameterName("name");
    }
}
