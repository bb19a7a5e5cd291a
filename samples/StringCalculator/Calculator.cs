using RnnSharp;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Text;
using RnnSharp.Training;
using Samples;

namespace StringCalculator;

/// <summary>An encoder-decoder that reads a problem character by character, and then writes the answer.</summary>
internal sealed class Calculator
{
    private static readonly CharacterVocabulary Characters = CharacterVocabulary.FromText("0123456789+-=", new() { ReservedTokens = ["start", "end"] });
    private static readonly int Start = Characters.ReservedToken("start"), End = Characters.ReservedToken("end");

    private readonly EncoderDecoder<float> _model;

    /// <summary>Creates an untrained model.</summary>
    /// <param name="hidden">Units of the encoder and of the decoder.</param>
    /// <param name="attention">Whether the decoder looks back at the encoder's steps; without, it knows the state after the last one alone.</param>
    /// <param name="seed">The seed of the initial weights.</param>
    public Calculator(int hidden, bool attention, int seed)
    {
        ILayer<float>[] head = attention
            ? [new AttentionLayer<float>(hidden, hidden, Problem.LongestText, seed + 2), new DenseLayer<float>(2 * hidden, hidden, seed + 3), new ActivationLayer<float>(hidden, Activation.Tanh)]
            : [new DenseLayer<float>(hidden, hidden, seed + 3), new ActivationLayer<float>(hidden, Activation.Tanh)];
        var decoder = new LayerStack<float>([new GruLayer<float>(Characters.Size, hidden, seed), .. head, new DenseLayer<float>(hidden, Characters.Size, seed + 4)]);
        _model = new EncoderDecoder<float>(new LayerStack<float>(new GruLayer<float>(Characters.Size, hidden, seed + 1)), decoder);
    }

    public int Weights => _model.Parameters.Sum(parameter => parameter.Count);

    /// <summary>Trains on problems with their answers.</summary>
    public void Learn(IReadOnlyList<Problem> training, IReadOnlyList<Problem> validation, long steps, int batchSize, int seed)
    {
        var bar = new TrainingBar<float>(record => $"step {record.Step}: validation loss {record.ValidationLoss:F4}, {record.Metrics["accuracy"]:P1} of the characters right, {record.Elapsed.TotalSeconds:F0} s");
        var options = new TrainerOptions<float>
        {
            MaxSteps = steps,
            Schedule = new OneCycleSchedule(0.005, steps, risingShare: 0.1),
            MaxGradientNorm = 1,
            ValidateEverySteps = Math.Max(1, steps / 8),
            Metrics = [new Accuracy<float>()],
            Callbacks = [bar],
        };
        var trainer = new Trainer<float>(_model, new Adam<float>(), new SoftmaxCrossEntropy<float>(), options);
        bar.Show(steps, () => trainer.Fit(new ExampleBatches<float>(Examples(training), new() { BatchSize = batchSize, Seed = (ulong)seed }), new ExampleBatches<float>(Examples(validation), new() { BatchSize = 500, Shuffle = false })));
    }

    /// <summary>Answers problems.</summary>
    public string[] Answer(IReadOnlyList<Problem> problems)
    {
        State<float> state = _model.CreateState(problems.Count);
        _model.Encode(Read(problems), state);
        Sequence<float> written = Sequence<float>.ForTokens(Characters.Size, problems.Count, Problem.LongestAnswer + 1);
        _model.Generate(Enumerable.Repeat(Start, problems.Count).ToArray(), state, written, endToken: End);
        return [.. written.ToTokens().Select(answer => Characters.Decode(answer))];
    }

    /// <summary>How much each character of an answer looks at each character of the problem: [character written][character read].</summary>
    public double[,] Attention(Problem problem, string answer)
    {
        ForwardPass<float> pass = _model.Forward(Read([problem]), Sequence<float>.FromTokens([[Start, .. Characters.Encode(answer)]], Characters.Size));
        Sequence<float> weights = pass.GetValues(pass.ValueNames.Single(name => name.EndsWith(AttentionLayer<float>.WeightsName, StringComparison.Ordinal)));
        var looks = new double[answer.Length, problem.Text.Length];
        for (int written = 0; written < answer.Length; written++)
        {
            for (int read = 0; read < problem.Text.Length; read++) looks[written, read] = weights[read, 0, written];
        }

        return looks;
    }

    private static Sequence<float> Read(IReadOnlyList<Problem> problems) => Sequence<float>.FromTokens([.. problems.Select(problem => Characters.Encode(problem.Text))], Characters.Size);

    private static IReadOnlyList<Example<float>> Examples(IEnumerable<Problem> problems) =>
        TokenPairs.ToExamples<float>(problems.Select(problem => (Characters.Encode(problem.Text), Characters.Encode(problem.Answer))), Characters.Size, Characters.Size, Start, End);
}
