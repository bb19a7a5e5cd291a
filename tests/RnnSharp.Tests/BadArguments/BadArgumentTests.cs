using System.Reflection;
using System.Runtime.CompilerServices;
using FluentAssertions;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Layers;
using RnnSharp.Notebook;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>
/// Every public method and constructor against bad arguments: an <see cref="ArgumentException"/> that names the argument and gives
/// what was expected and what was given. A new public member without a row here fails.
/// </summary>
public sealed partial class BadArgumentTests
{
    // Add a namespace here, and rows for its members below. Serialization and the notebook's weights have tables of their own.
    private static readonly string[] Namespaces = ["RnnSharp", "RnnSharp.Numerics", "RnnSharp.Recurrent", "RnnSharp.Layers", "RnnSharp.Training", "RnnSharp.Data", "RnnSharp.Text", "RnnSharp.Forecasting", "RnnSharp.Quantization", "RnnSharp.Notebook"];

    // Members whose arguments cannot be wrong, and why.
    private static readonly Dictionary<string, string> Exceptions = new(StringComparer.Ordinal)
    {
        ["Gradients.Scale(factor)"] = "any number scales",
        ["Layer.OutputSteps(inputSteps)"] = "only the base class calls it, with steps that it has checked",
        ["State.ReadFrom(source)"] = "what is wrong with the bytes is an InvalidDataException, of which StateBytesTests has the cases",
        ["FastRandom.new(seed)"] = "any value is a seed",
        ["FastRandom.NextBytes(buffer)"] = "any span can be filled",
        ["NumpyRandom.new(seed)"] = "any value is a seed",
        ["NumpyRandom.NextBytes(buffer)"] = "any span can be filled",
        ["NumpyRandom.RandN(values)"] = "any span can be filled",
        ["NumpyRandom.Shuffle(Span`1 values)"] = "any span can be shuffled",
        ["LayerReport.new(Kind, OutputSteps, MultiplyAdds, TapeBytes, Parts)"] = "a record of what a layer reports",
        ["LayerReportPart.new(Name, Layer, Steps, Times)"] = "a record of what a layer reports",
        ["Layer.RunStep(input, state, output)"] = "only the base class calls it, with arguments that it has checked",
        ["LayerPart.new(Name, Layer)"] = "a record that the composite checks",
        ["StepInput.Features(values)"] = "the layer checks it",
        ["StepInput.Tokens(numbers)"] = "the layer checks it",
        ["LayerSummary.new(Name, Depth, Kind, OutputSize, OutputSteps, Parameters, FrozenParameters, SharedParameters, MultiplyAddsPerStep, ParameterBytes, TapeBytes)"] = "a record of results",
        ["Activation.Value(x)"] = "any vector has a value",
        ["Activation.Gradient(gradient, value)"] = "any vectors have a gradient",
        ["RecurrentLayer.EquationWeights(first, second, third)"] = "any vectors are weights",
        ["UnitWeights.new(First, Second, Third)"] = "any vectors are weights",
        ["GradientCheckResult.new(RelativeError, Tensor, Index, Analytic, Numeric, Checked)"] = "a record of results",
        ["Evaluation.new(Loss, Metrics)"] = "a record of results",
        ["FitResult.new(Reason, Step, Epoch, BestLoss, BestStep, Elapsed)"] = "a record of results",
        ["NonFiniteReport.new(Source, Layer, Name, TimeStep, Example, Number, Step)"] = "a record of results",
        ["TrainingProgress.new(Step, Epoch, Loss, LearningRate, GradientNorm, Examples, Elapsed, Remaining)"] = "a record of results",
        ["TrainingRecord.new(Step, Epoch, TrainingLoss, ValidationLoss, LearningRate, GradientNorm, Elapsed, Metrics, IsBest)"] = "a record of results",
        ["TrainingStep.Backward(loss)"] = "any loss weights a batch",
        ["LossValue.new(Sum, Count)"] = "a record of results",
        ["LearningRateSchedule.Observe(loss)"] = "any loss can be observed",
        ["PlateauSchedule.Observe(loss)"] = "any loss can be observed",
        ["ProductSchedule.Observe(loss)"] = "any loss can be observed",
        ["SequentialSchedule.Observe(loss)"] = "any loss can be observed",
        ["WarmUpSchedule.Observe(loss)"] = "any loss can be observed",
        ["CtcHypothesis.new(Labels, LogProbability)"] = "a record of results",
        ["SplitParts.new(Train, Validation, Test)"] = "a record of results",
        ["SoftmaxCrossEntropy.Perplexity(loss)"] = "any loss has one",
        ["BeamHypothesis.new(Tokens, Text, LogProbability, Score, IsEnded)"] = "a record of results",
        ["TimeStep.Count(start, time)"] = "any times have a distance, or null",
        ["ForecasterMethod.new(options, name)"] = "null stands for the default options, which check themselves",
        ["DeepArMethod.new(options, name)"] = "null stands for the default options, which check themselves",
        ["NegativeBinomialLoss.Parameters(mean, dispersion)"] = "any outputs stand for a distribution",
        ["BackTestFold.new(Origin, FittedAt, Score, Forecast)"] = "a record of results",
        ["BackTestMethod.new(Name, Total, Folds, Steps, Columns)"] = "a record of results",
        ["Sampler.new(options)"] = "null stands for the default options, which check themselves",
    };

    private static readonly Row[] Table = [.. Data(), .. Nouns(), .. LayerCalls(), .. Kinds(), .. Composites(), .. Steppers(), .. Cells(), .. Numbers(), .. ElementwiseCalls(), .. Randoms(), .. Losses(), .. Optimizers(), .. OptimizerKinds(), .. Schedules(), .. LossObjects(), .. Sources(), .. Texts(), .. Trainers(), .. Forecasts(), .. ScalerRows(), .. ForecasterRows(), .. DeepArRows(), .. PairsAndSampling(), .. ForecastLayers(), .. Quantization(), .. ElementTypes()];

    public static TheoryData<int, string> Rows
    {
        get
        {
            var data = new TheoryData<int, string>();
            for (int i = 0; i < Table.Length; i++) data.Add(i, $"{Table[i].Member}: {Table[i].Argument}");
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Bad_arguments_are_rejected_by_name(int number, string row)
    {
        (_, string argument, string[] words, Action<Fixture> call) = Table[number];
        var fixture = new Fixture();
        ArgumentException error = fixture.Invoking(call).Should().Throw<ArgumentException>(row).Which;
        error.ParamName.Should().Be(argument, error.Message);
        if (words.Length == 0) error.Should().BeOfType<ArgumentNullException>();
        foreach (string word in words) error.Message.Should().Contain(word);
    }

    [Theory]
    [MemberData(nameof(TextSettings))]
    public void Settings_out_of_range_are_refused(string words, Action set)
    {
        ArgumentException error = set.Should().Throw<ArgumentException>().Which;
        error.ParamName.Should().Be("value");
        error.Message.Should().Contain(words);
    }

    [Fact]
    public void Calls_that_do_not_fit_the_object_throw_as_documented()
    {
        var f = new Fixture();
        Sequence<double> tokens = Sequence<double>.ForTokens(3, 2, 5);
        Refused(() => tokens[0, 0, 0] = 1, "holds tokens, not features");
        Refused(() => tokens.SetStep(0, Matrix<double>.Build.Dense(3, 2)), "holds tokens, not features");
        Refused(() => f.X.SetToken(0, 0, 0), "holds features, not tokens");
        Refused(() => f.X.ToTokens(), "holds features, not tokens");
        Refused(() => new Sequence<double>(3, 2, 0).AsMatrix(), "0 steps");
        Refused(() => Sequence<double>.ForTokens(1 << 16, 1 << 16, 1).StepMatrix(0), "4294967296 values");
        Refused(() => Sequence<double>.ForTokens(1 << 16, 1, 1 << 16).AsMatrix(), "4294967296 values");
        Refused(() => Sequence<double>.ForTokens(1 << 16, 1, 1 << 16).ToArray(), "4294967296 values");
        Refused(() => Sequence<double>.ForTokens(1 << 16, 1, 1 << 16).ToBatchFirst(), "4294967296 values");
        Refused(() => Sequence<double>.ForTokens(1 << 16, 1, 1 << 16).ToJagged(), "4294967296 values");
        Refused(() => new FastRandom(1).Split().Split().Split(), "child of a child");
        Refused(() => new LstmLayer<double>(3, 4, options: new LstmOptions { CoupledGates = true }).SetForgetGateBias(1), "its forget gate has no bias");
        Refused(() => new LstmLayer<double>(3, 4, options: new LstmOptions { Bias = RecurrentBias.None }).SetChronoBias(10), "no bias");

        static void Refused(Action call, string words) => call.Should().Throw<InvalidOperationException>().WithMessage($"*{words}*");
    }

    [Fact]
    public void Every_public_member_with_arguments_has_a_row()
    {
        string[] members = [.. MembersWithArguments()];
        members.Length.Should().BeGreaterThan(80);
        string[] rows = [.. Table.Select(row => row.Member).Distinct(StringComparer.Ordinal)];
        members.Except(rows.Concat(Exceptions.Keys), StringComparer.Ordinal).Should().BeEmpty("each of these needs a row above");
        rows.Except(members, StringComparer.Ordinal).Should().BeEmpty("these rows name no member");
        Exceptions.Keys.Except(members, StringComparer.Ordinal).Should().BeEmpty("these exceptions name no member");
        Exceptions.Keys.Intersect(rows, StringComparer.Ordinal).Should().BeEmpty("a member with a row is no exception");
    }

    private static Row Bad(string member, string argument, string expected, string given, Action<Fixture> call) => new(member, argument, [expected, given], call);

    private static Row Null(string member, string argument, Action<Fixture> call) => new(member, argument, [], call);

    private static readonly double[] Memory = new double[6];

    private static Matrix<double> Zeros(int rows, int columns) => Matrix<double>.Build.Dense(rows, columns);

    private static RnnCell<double> Rnn() => new(3, 4, seed: 1);

    private static NumpyRandom Numpy() => new(1);

    private static void Rnn(Action<RnnCell<double>, RnnCellPass<double>> call)
    {
        RnnCell<double> cell = Rnn();
        call(cell, cell.Forward(Zeros(3, 2), Zeros(4, 2)));
    }

    private static void Gru(Fixture f, Action<GruCell<double>, GruCellPass<double>> call)
    {
        var cell = new GruCell<double>(f.Gru);
        call(cell, cell.Forward(Zeros(3, 2), Zeros(4, 2)));
    }

    private static void Lstm(Fixture f, Action<LstmCell<double>, LstmCellPass<double>> call)
    {
        var cell = new LstmCell<double>(f.Lstm);
        call(cell, cell.Forward(Zeros(3, 2), Zeros(4, 2), Zeros(4, 2)));
    }

    /// <summary>
    /// Type.Method(parameters) of every constructor and method that others can call or derive from, with the parameters' types where
    /// names alone do not tell overloads apart. Left out by rule: interfaces (their implementations are here), enumerations, delegates,
    /// operators, property setters, what the compiler makes for records, and overrides that only the base class calls.
    /// </summary>
    private static IEnumerable<string> MembersWithArguments()
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        IEnumerable<MethodBase> members = typeof(Parameter<>).Assembly.GetExportedTypes()
            .Where(type => Namespaces.Contains(type.Namespace, StringComparer.Ordinal) && type is { IsInterface: false, IsEnum: false } && !(type.Name.StartsWith("Notebook", StringComparison.Ordinal)) && !type.IsSubclassOf(typeof(Delegate)))
            .SelectMany(type => type.GetConstructors(All).Concat<MethodBase>(type.GetMethods(All)))
            .Where(member => member.IsPublic || member.IsFamily || member.IsFamilyOrAssembly)
            .Where(member => member is { IsAbstract: false } && member.GetParameters().Length > 0 && !member.IsDefined(typeof(CompilerGeneratedAttribute)))
            .Where(member => !member.Name.StartsWith("op_", StringComparison.Ordinal) && !(member.Name.StartsWith("set_", StringComparison.Ordinal) && member.GetParameters().Length == 1))
            .Where(member => !(member is MethodInfo { IsFamily: true, IsVirtual: true } method && method.GetBaseDefinition() != method));
        return members.GroupBy(member => Key(member, types: false), StringComparer.Ordinal).SelectMany(group => group.Count() == 1 ? [group.Key] : group.Select(member => Key(member, types: true)));

        static string Key(MethodBase member, bool types)
        {
            IEnumerable<string> parameters = member.GetParameters().Select(parameter => types ? $"{parameter.ParameterType.Name} {parameter.Name}" : parameter.Name!);
            return $"{member.DeclaringType!.Name.Split('`')[0]}.{(member.IsConstructor ? "new" : member.Name)}({string.Join(", ", parameters)})";
        }
    }

    /// <param name="Member">Type.Method(parameters); new for a constructor.</param>
    /// <param name="Argument">The argument that the error must name.</param>
    /// <param name="Words">What its message must have: the expected and the given. None for a null.</param>
    /// <param name="Call">The wrong call.</param>
    private sealed record Row(string Member, string Argument, string[] Words, Action<Fixture> Call);

    /// <summary>What the calls are made on, new for each. Every layer has 3 inputs and 4 outputs; the batch is 2, with 5 steps.</summary>
    private sealed class Fixture
    {
        public LstmLayer<double> Lstm { get; } = new(3, 4, seed: 1);

        public LstmLayer<double> OtherLstm { get; } = new(3, 4, seed: 1);

        public GruLayer<double> Gru { get; } = new(3, 4, seed: 1);

        public DenseLayer<double> Dense { get; } = new(3, 4, seed: 1);

        public DenseLayer<double> Dense2 { get; } = new(3, 4, seed: 2);

        public EmbeddingLayer<double> Embedding { get; } = new(3, 4, seed: 1);

        public FeedbackLayer<double> Feedback { get; } = new(new GruLayer<double>(3, 3, seed: 1), 4);

        public EncoderDecoder<double> Pair => field ??= new EncoderDecoder<double>(Lstm, OtherLstm);

        public LayerStack<double> Stack { get; } = new(new GruLayer<double>(3, 5, seed: 1), new DenseLayer<double>(5, 4, seed: 1));

        public ReverseLayer<double> Reverse { get; } = new(new LstmLayer<double>(3, 4, seed: 1));

        public BidirectionalLayer<double> Both { get; } = new(new LstmLayer<double>(3, 4, seed: 1), new GruLayer<double>(3, 4, seed: 1), BidirectionalMerge.Sum);

        public Sequence<double> X { get; } = new(3, 2, 5);

        public Sequence<double> Tokens { get; } = Sequence<double>.ForTokens(3, 2, 5);

        public State<double> State => field ??= Lstm.CreateState(2);

        public Gradients<double> Gradients => field ??= Lstm.CreateGradients();

        public Adam<double> Adam { get; } = new();

        public FastRandom Random { get; } = new(1);

        public Sequence<double> Like() => X.ConvertTo<double>();

        public Sequence<double> Ragged(Sequence<double> sequence)
        {
            sequence.SetLengths([5, 4]);
            return sequence;
        }

        public ForwardPass<double> OlderPass(ILayer<double> layer)
        {
            ForwardPass<double> pass = layer.Forward(X);
            Parameter<double> last = layer.Parameters[^1];
            last.Set(last.Values.ToArray());
            return pass;
        }
    }

    /// <summary>A composite without mathematics, to call what derived composites can.</summary>
    private sealed class BareComposite(int inputSize, int outputSize, params LayerPart<double>[] parts) : CompositeLayer<double>(inputSize, outputSize, parts)
    {
        public void TryCheckPart(int part, Sequence<double> input) => CheckPart(part, input);

        public void TryPredictPart(int part, Sequence<double> input, State<double> state, Sequence<double> output) => PredictPart(part, input, state, output);

        public void TryStepPart(int part, double[] input, State<double> state, double[] output) => StepPart(part, input, state, output);

        protected override void Run(ForwardPass<double> pass, Sequence<double> input, State<double>? initialState) => throw new NotSupportedException();

        protected override void RunBackward(ForwardPass<double> pass, Sequence<double>? outputGradient, State<double>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<double> gradients) => throw new NotSupportedException();

        protected override void RunPredict(Sequence<double> input, State<double> state, Sequence<double> output) => throw new NotSupportedException();
    }

    private sealed class BarePass(ILayer<double> layer) : ForwardPass<double>(layer);

    /// <summary>A layer without mathematics, to call what derived layers can.</summary>
    private sealed class BareLayer(int inputSize, int outputSize) : Layer<double>(inputSize, outputSize)
    {
        public override bool IsStreaming => true;

        public override IReadOnlyList<Parameter<double>> Parameters => [];

        public void TryShape(Sequence<double> output, Sequence<double> input) => Shape(output, input);

        public void TryCheckInput(Sequence<double> input) => CheckInput(input);

        public void TryReport(int batch, int steps) => Report(batch, steps);

        public static void TryScratchOf(State<double> state) => ScratchOf<object>(state);

        public static void TryScratchOf(Gradients<double> gradients) => ScratchOf<object>(gradients);

        public void TryPrepare(ForwardPass<double> pass, Sequence<double> input) => Prepare(pass, input);

        protected override ForwardPass<double> CreatePassCore() => throw new NotSupportedException();

        protected override void Run(ForwardPass<double> pass, Sequence<double> input, State<double>? initialState) => throw new NotSupportedException();

        protected override void RunBackward(ForwardPass<double> pass, Sequence<double>? outputGradient, State<double>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<double> gradients) => throw new NotSupportedException();

        protected override void RunPredict(Sequence<double> input, State<double> state, Sequence<double> output) => throw new NotSupportedException();
    }
}
