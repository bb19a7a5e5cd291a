using System.Text.Json;
using RnnSharp.Tests.References;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

public sealed class TorchLossTests
{
    public static TheoryData<int> Cases => GoldenCases.Numbers("cross_entropy");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Softmax_cross_entropy_and_its_gradient_equal_PyTorch(int number)
    {
        JsonElement golden = GoldenCases.Case("cross_entropy", number);
        int classes = golden.Integer("classes");
        int columns = golden.Integer("columns");
        Sequence<double> scores = golden.Sequence<double>("logits", classes, columns, 1);
        var gradient = new Sequence<double>(classes, columns, 1);

        LossValue loss = SoftmaxCrossEntropy.Compute(scores, golden.Integers("targets"), gradient, golden.Integer("ignore_index"));

        GoldenCases.ShouldBeNear([loss.Mean], [golden.Number("loss")], 1e-13, "loss");
        GoldenCases.ShouldBeNear(gradient.Values, golden.Values("gradient"), 1e-13, "gradient");
    }
}
