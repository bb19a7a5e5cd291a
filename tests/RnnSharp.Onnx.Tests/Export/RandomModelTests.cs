using System.Numerics;
using RnnSharp.Serialization;
using RnnSharp.Tests.Catalogue;
using RnnSharp.Tests.Recurrent;
using Xunit;

namespace RnnSharp.Onnx.Tests.Export;

/// <summary>
/// Random networks of everything there is give the same results in ONNX Runtime, over three calls that continue each other: all of them in
/// float, and half of them in double too.
/// </summary>
public sealed class RandomModelTests
{
    private const int Models = 300;
    private const int Groups = 10;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, Groups)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Random_models_give_the_same_results(int group)
    {
        for (int seed = group; seed < Models; seed += Groups)
        {
            var network = new RandomNetwork(seed);
            if (seed / Groups % 2 == 0) Check(network.Model, network.Input, seed, 1e-7);
            Check(ModelConverter.Convert<double, float>(network.Model, LayerCatalogue<double>.Formats), network.Input.ConvertTo<float>(), seed, 1e-5);
        }
    }

    private static void Check<T>(ILayer<T> model, Sequence<T> input, int seed, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var options = new OnnxExportOptions { BatchFirst = seed % 2 == 0, State = seed % 5 != 1, Lengths = input.IsRagged || seed % 4 != 1 };
        ExportCheck.Check(model, seed, input.IsTokens, options: options, tolerance: tolerance, first: input);
    }
}
