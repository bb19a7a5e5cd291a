using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace RnnSharp.Tests.Training;

/// <summary>A small problem for the trainer: the running mean of the input, over ragged batches.</summary>
internal static class TrainerFixture
{
    public const int Inputs = 2;
    public const int Batch = 4;
    public const int Steps = 6;

    public static LayerStack<double> Model(int seed = 1) => new(
        new LstmLayer<double>(Inputs, 6, seed, new LstmOptions { RecurrentDropout = 0.1 }),
        new DropoutLayer<double>(6, 0.2, seed: seed + 1),
        new DenseLayer<double>(6, 1, seed + 2));

    public static ListSource Source(int batches = 5, ulong seed = 1, bool carriesState = false, bool shuffles = true) => new(
        [.. Enumerable.Range(0, batches).Select(i => RandomBatch(1000 * seed + (ulong)i))], seed, carriesState, shuffles);

    public static Batch<double> RandomBatch(ulong seed)
    {
        var random = new FastRandom(seed);
        var input = new Sequence<double>(Inputs, Batch, Steps);
        var target = new Sequence<double>(1, Batch, Steps);
        foreach (ref double value in input.Values) value = random.NextGaussian();
        for (int j = 0; j < Batch; j++)
        {
            double sum = 0;
            for (int t = 0; t < Steps; t++)
            {
                sum += input[0, j, t] - input[1, j, t];
                target[0, j, t] = sum / (t + 1);
            }
        }

        return new Batch<double>(input, target);
    }

    public static Trainer<double> Trainer(TrainerOptions<double> options, int seed = 1) => new(Model(seed), new Adam<double>(0.01), new MeanSquaredError<double>(), options);

    public static double[] Weights(ILayer<double> model) => [.. model.Parameters.SelectMany(parameter => parameter.Values.ToArray())];

    /// <summary>Batches from a list, in an order that is shuffled for each epoch.</summary>
    internal sealed class ListSource(Batch<double>[] batches, ulong seed, bool carriesState, bool shuffles) : IBatchSource<double>
    {
        private readonly FastRandom _random = new(seed);
        private readonly int[] _order = [.. Enumerable.Range(0, batches.Length)];
        private int _next = -1;

        public Action<Batch<double>>? OnNext { get; set; }

        public Batch<double>[] Batches => batches;

        public long? BatchesPerEpoch => batches.Length;

        public bool CarriesState => carriesState;

        public Batch<double> CreateBatch() => new(new Sequence<double>(batches[0].Input.Features, 1, 1), new Sequence<double>(batches[0].Target.Features, 1, 1));

        public bool Next(Batch<double> batch, CancellationToken cancellation = default)
        {
            if (_next < 0)
            {
                if (shuffles) _random.Shuffle(_order);
                _next = 0;
            }

            if (_next == batches.Length)
            {
                _next = -1;
                return false;
            }

            Batch<double> chosen = batches[_order[_next]];
            chosen.Input.SliceSteps(0, chosen.Input.Steps, batch.Input);
            chosen.Target.SliceSteps(0, chosen.Target.Steps, batch.Target);
            batch.Restarts.Fill(_next == 0);
            _next++;
            OnNext?.Invoke(batch);
            return true;
        }

        public void EndEpoch() => _next = -1;

        public StateDictionary GetState()
        {
            var state = new StateDictionary();
            state.Set("next", _next);
            state.Set<int>("order", _order);
            state.Set<byte>("random", _random.GetState());
            return state;
        }

        public void SetState(StateDictionary state)
        {
            _next = (int)state.GetInt64("next", -1, batches.Length);
            state.GetArray<int>("order", batches.Length).CopyTo(_order, 0);
            _random.SetState(state.GetArray<byte>("random"));
        }
    }
}
