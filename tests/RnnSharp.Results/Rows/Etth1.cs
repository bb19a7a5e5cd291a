using RnnSharp.Layers;
using RnnSharp.Results.Files;
using RnnSharp.Training;

namespace RnnSharp.Results.Rows;

/// <summary>The load and the oil temperature of a power transformer, hour by hour.</summary>
internal static class Etth1
{
    private const int Lookback = 96, Seeds = 3;

    public static ResultRow Horizon96 { get; } = Row(96, "0.368", "0.395");

    public static ResultRow Horizon192 { get; } = Row(192, "0.408", "0.419");

    public static ResultRow Horizon336 { get; } = Row(336, "0.444", "0.440");

    public static ResultRow Horizon720 { get; } = Row(720, "0.446", "0.457");

    private static ResultRow Row(int horizon, string squared, string absolute) => new($"etth1-{horizon}", $"ETTh1, the next {horizon} hours, SegRNN")
    {
        Figures = [new Figure("test MSE", squared), new Figure("test MAE", absolute)],
        Source = "Lin et al. 2023, \"SegRNN: segment recurrent neural network for long-term time series forecasting\" (one GRU, lookback 96)",
        Protocol = "Informer's split of 12, 4 and 4 months, 7 columns standardized by the training months; every window, stride 1; errors in standardized units over all windows, steps and columns. "
            + $"As published: segments of 24, 512 units, dropout 0.5, Adam at 1e-3 for 4 epochs and 0.8 of the rate before in each later one, batches of 256 windows, at most 30 epochs. Chosen by the validation months: Huber loss in place of the squared error, the running average of the weights with the later steps weighing more; stopped after 5 epochs without a better validation, not 10, to save time. The weights of the best validation are tested. The figures are means over {Seeds} seeds, from --seed on.",
        Data = "ETTh1.csv (zhouhaoyi/ETDataset).",
        Run = run => Run(run, horizon),
    };

    private static void Run(RowRun run, int horizon)
    {
        EttFile file = EttFile.Read(run.Data);
        double squared = 0, absolute = 0;
        for (int i = 0; i < Seeds; i++)
        {
            int seed = unchecked(run.Seed + i);
            (double mse, double mae) = TrainAndTest(run, file, horizon, seed);
            run.Note($"seed {seed}: test MSE {mse:F4}, MAE {mae:F4}");
            squared += mse / Seeds;
            absolute += mae / Seeds;
        }

        run.Report("test MSE", squared);
        run.Report("test MAE", absolute);
    }

    private static (double Mse, double Mae) TrainAndTest(RowRun run, EttFile file, int horizon, int seed)
    {
        var model = new SegRnnLayer<float>(EttFile.Columns, Lookback, horizon, seed);
        var trainer = new Trainer<float>(model, new Adam<float>(), new HuberLoss<float>(), new()
        {
            MaxEpochs = 30,
            Patience = 5,
            Average = new WeightAverage<float>(model, recency: 4),
            ScheduleUnit = ScheduleUnit.Epoch,
            Schedule = new SequentialSchedule([new ConstantSchedule(1e-3), new ExponentialSchedule(8e-4, 0.8)], [4]),
        });
        trainer = run.Fit(trainer, file.Training(Lookback, horizon, 256, seed), file.Validation(Lookback, horizon, 256), $"seed-{seed}");
        RootMeanSquaredError<float> squared = new();
        MeanAbsoluteErrorMetric<float> absolute = new();
        Evaluation test = trainer.Evaluate(file.Test(Lookback, horizon, 256), [squared, absolute]);
        return (Math.Pow(test.Metrics[squared.Name], 2), test.Metrics[absolute.Name]);
    }
}
