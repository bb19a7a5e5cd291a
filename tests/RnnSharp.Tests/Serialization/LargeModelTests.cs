using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

/// <summary>Files of more than 4 MiB are read once: values, checksum and the search for numbers that are not finite go together.</summary>
public sealed class LargeModelTests
{
    private static readonly Lazy<LayerStack<float>> Lazy = new(() => new LayerStack<float>(new GruLayer<float>(301, 450, seed: 1), Bidirectional.Of(drawn => new LstmLayer<float>(450, 77, drawn), seed: 2), new DenseLayer<float>(154, 9, seed: 3)));
    private static readonly Lazy<byte[]> LazyFile = new(() => ModelBytes.Save(Model));

    private static LayerStack<float> Model => Lazy.Value;

    [Fact]
    public void Large_model_comes_back()
    {
        LazyFile.Value.Length.Should().BeGreaterThan(5 << 20);
        SameValues(ModelBytes.Load<float>(LazyFile.Value).Model, Model);
        SameValues(ModelFile.Load<float>(new OneWayStream(new MemoryStream(LazyFile.Value))).Model, Model);
        SameValues(ModelConverter.Convert<double, float>(ModelBytes.Load<double>(LazyFile.Value).Model), Model);
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.3)]
    [InlineData(0.7)]
    [InlineData(0.99999)]
    public void Damaged_value_anywhere_is_refused(double place)
    {
        byte[] file = [.. LazyFile.Value];
        int data = file.Length - ModelBytes.DataOf(file).Length;
        file[data + (int)(place * (file.Length - data))] ^= 1;
        FluentActions.Invoking(() => ModelBytes.Load<float>(file)).Should().Throw<InvalidDataException>().WithMessage("*damaged*checksum*");
    }

    [Fact]
    public void Damage_is_told_before_what_it_causes()
    {
        byte[] file = [.. LazyFile.Value];
        BitConverter.GetBytes(float.NaN).CopyTo(file, file.Length - ModelBytes.DataOf(file).Length);
        FluentActions.Invoking(() => ModelBytes.Load<float>(file)).Should().Throw<InvalidDataException>().WithMessage("*checksum*");
        ModelBytes.Seal(file);
        FluentActions.Invoking(() => ModelBytes.Load<float>(file)).Should().Throw<InvalidDataException>().WithMessage("*\"0.weight_ih_l0\"*NaN at [0, 0]*");
        float.IsNaN(ModelBytes.Load<float>(file, new ModelLoadOptions { AllowNonFinite = true }).Model.Parameters[0].Values[0]).Should().BeTrue();

        byte[] other = ModelBytes.WithHeader(LazyFile.Value, header => header.Replace("\\\"gru\\\"", "\\\"gro\\\"", StringComparison.Ordinal));
        FluentActions.Invoking(() => ModelBytes.Load<float>(other)).Should().Throw<InvalidDataException>().WithMessage("*gro*");
        other[^1] ^= 1;
        FluentActions.Invoking(() => ModelBytes.Load<float>(other)).Should().Throw<InvalidDataException>().WithMessage("*checksum*");
    }

    [Fact]
    public void Tensors_in_another_order_are_read_as_well()
    {
        // The first two matrices exchange their places in the data.
        byte[] data = ModelBytes.DataOf(LazyFile.Value);
        int first = 3 * 450 * 301 * 4, second = 3 * 450 * 450 * 4;
        string header = ModelBytes.HeaderOf(LazyFile.Value)
            .Replace($"\"data_offsets\":[0,{first}]", $"\"data_offsets\":[{second},{first + second}]", StringComparison.Ordinal)
            .Replace($"\"data_offsets\":[{first},{first + second}]", $"\"data_offsets\":[0,{second}]", StringComparison.Ordinal);
        SameValues(ModelBytes.Load<float>(ModelBytes.Of(header, [.. data[first..(first + second)], .. data[..first], .. data[(first + second)..]])).Model, Model);
    }

    [Fact]
    public void Loading_takes_little_more_memory_than_the_model()
    {
        ModelBytes.Load<float>(LazyFile.Value);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ModelBytes.Load<float>(LazyFile.Value);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan((long)(1.2 * LazyFile.Value.Length));
    }

    private static void SameValues(ILayer<float> actual, ILayer<float> expected)
    {
        actual.Parameters.Should().HaveCount(expected.Parameters.Count);
        for (int i = 0; i < expected.Parameters.Count; i++) actual.Parameters[i].Values.SequenceEqual(expected.Parameters[i].Values).Should().BeTrue(expected.ParameterNames[i]);
    }
}
