using System.Runtime.CompilerServices;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>What holds for every optimizer.</summary>
public sealed class OptimizerTests
{
    [Theory]
    [InlineData("adam")]
    [InlineData("sgd")]
    public void An_optimizer_does_not_keep_the_parameters_of_dropped_layers_alive(string kind)
    {
        IOptimizer<float> optimizer = kind is "adam" ? new Adam<float>() : new Sgd<float>(0.1, momentum: 0.9);
        (WeakReference weights, WeakReference gradients) = StepOnce(optimizer);
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        weights.IsAlive.Should().BeFalse();
        gradients.IsAlive.Should().BeFalse();
        GC.KeepAlive(optimizer);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static (WeakReference Weights, WeakReference Gradients) StepOnce(IOptimizer<float> optimizer)
        {
            var layer = new DenseLayer<float>(3, 3, seed: 1);
            Gradients<float> gradients = layer.CreateGradients();
            optimizer.Step(layer.Parameters, gradients);
            return (new WeakReference(layer.Weights), new WeakReference(gradients));
        }
    }
}
