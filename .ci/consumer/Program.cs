using RnnSharp;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Training;

Console.WriteLine(Golden.Run(Golden.SinceProcessStart, Golden.FolderSize()));

// Token t is followed by token 3t + 1 mod 7: an LSTM learns it, and then continues the sequence on its own.
const int Tokens = 7;
Sequence<float> x = Sequence<float>.ForTokens(Tokens, batch: Tokens, steps: 10);
Sequence<float> next = Sequence<float>.ForTokens(Tokens, batch: Tokens, steps: 10);
for (int example = 0; example < Tokens; example++)
{
    int token = example;
    for (int t = 0; t < 10; t++)
    {
        x.SetToken(example, t, token);
        token = (3 * token + 1) % Tokens;
        next.SetToken(example, t, token);
    }
}

var model = new LayerStack<float>(new LstmLayer<float>(Tokens, 16, seed: 1), new DenseLayer<float>(16, Tokens, seed: 2));
var adam = new Adam<float>(learningRate: 0.02);
ForwardPass<float>? pass = null;
Gradients<float>? gradients = null;
var outputGradient = new Sequence<float>(Tokens, Tokens, 10);
LossValue loss = default;
for (int step = 0; step < 150; step++)
{
    pass = model.Forward(x, reuse: pass);
    loss = SoftmaxCrossEntropy.Compute(pass.Output, next, outputGradient);
    gradients = model.Backward(pass, outputGradient, reuse: gradients);
    GradientClipping.ByNorm(gradients, 5);
    adam.Step(model.Parameters, gradients);
}

State<float> state = model.CreateState(batch: 1);
var scores = new float[Tokens];
int current = 2;
for (int t = 0; t < 10; t++)
{
    model.Step(StepInput<float>.Tokens([current]), state, scores);
    int predicted = Array.IndexOf(scores, scores.Max());
    if (predicted != (3 * current + 1) % Tokens)
    {
        Console.Error.WriteLine($"After {current} came {predicted}; loss {loss.Mean}.");
        return 1;
    }

    current = predicted;
}

Console.WriteLine($"Learned the sequence: perplexity {SoftmaxCrossEntropy.Perplexity(loss):F3}.");
return 0;
