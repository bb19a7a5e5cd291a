using RnnSharp.Data;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace RnnSharp.Results;

/// <summary>What tasks with several hundred time steps have in common: the LSTM's initial bias, and training on generated series.</summary>
internal static class LongMemory
{
    /// <summary>An LSTM whose untrained units remember for up to a number of steps.</summary>
    public static LstmLayer<float> Lstm(int inputs, int units, int steps, int seed)
    {
        var layer = new LstmLayer<float>(inputs, units, seed);
        layer.SetChronoBias(steps, seed + 1);
        return layer;
    }

    /// <summary>Trains on batches of 32 fresh series, and reports the loss of 1,000 test series with the weights of the best validation.</summary>
    /// <param name="run">The run of the row.</param>
    /// <param name="model">The model.</param>
    /// <param name="loss">The loss, which is also the figure.</param>
    /// <param name="draw">Draws a series.</param>
    /// <param name="steps">The batches of the training.</param>
    /// <param name="validationSeries">The number of validation series.</param>
    /// <param name="figure">The name of the figure.</param>
    public static void Run(RowRun run, ILayer<float> model, ILoss<float> loss, Func<FastRandom, Example<float>> draw, int steps, int validationSeries, string figure)
    {
        var trainer = new Trainer<float>(model, new Adam<float>(), loss, new()
        {
            MaxSteps = steps,
            MaxGradientNorm = 1,
            Schedule = new CosineSchedule(2e-3, steps, 1e-5),
        });
        trainer = run.Fit(trainer, new GeneratedBatches<float>(draw, 32, batchesPerEpoch: 500, (ulong)run.Seed), run.Generate(draw, validationSeries, 1));
        run.Report(figure, trainer.Evaluate(run.Generate(draw, 1000, 2)).Loss.Value);
    }
}
