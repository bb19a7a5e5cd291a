using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace RnnSharp.Benchmarks;

/// <summary>
/// A character model on random text: tokens, a recurrent layer, a dense layer, softmax cross-entropy, its gradient, clipping of the
/// global norm to 5 and Adam. After the first step, training reuses every object.
/// </summary>
internal sealed class CharacterModel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly LayerStack<T> _model;
    private readonly Adam<T> _adam = new(1e-3);
    private readonly Sequence<T> _x;
    private readonly Sequence<T> _target;
    private readonly Sequence<T> _outputGradient;
    private ForwardPass<T>? _pass;
    private Gradients<T>? _gradients;

    public CharacterModel(RecurrentLayer<T> layer, int batch, int steps)
    {
        int characters = layer.InputSize;
        _model = new LayerStack<T>(layer, new DenseLayer<T>(layer.HiddenSize, characters, seed: 1));
        _x = Sequence<T>.ForTokens(characters, batch, steps);
        _target = Sequence<T>.ForTokens(characters, batch, steps);
        _outputGradient = new Sequence<T>(characters, batch, steps);
        var random = new RnnSharp.Numerics.FastRandom(0);
        for (int j = 0; j < batch; j++)
        {
            int token = random.Next(characters);
            for (int t = 0; t < steps; t++)
            {
                _x.SetToken(j, t, token);
                _target.SetToken(j, t, token = random.Next(characters));
            }
        }
    }

    /// <summary>Runs one training step and returns the loss before it.</summary>
    public double Train()
    {
        _pass = _model.Forward(_x, reuse: _pass);
        LossValue loss = SoftmaxCrossEntropy.Compute(_pass.Output, _target, _outputGradient);
        _gradients = _model.Backward(_pass, _outputGradient, inputGradient: false, reuse: _gradients);
        GradientClipping.ByNorm(_gradients, 5);
        _adam.Step(_model.Parameters, _gradients);
        return loss.Mean;
    }
}
