using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>A run that is resumed from a checkpoint ends in the same bits as one that was never interrupted.</summary>
public sealed class ResumeTests : IDisposable
{
    private const int Vocabulary = 8;
    private const int Boundary = Vocabulary - 1;
    private const long Steps = 37;

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("stream", 1)]
    [InlineData("stream", 3)]
    [InlineData("examples", 1)]
    [InlineData("prefetched", 1)]
    public void A_run_resumed_at_every_step_has_the_bits_of_a_whole_run(string kind, int windows)
    {
        Run whole = new(kind, windows);
        whole.Trainer.Fit(whole.Training, whole.Validation);
        string expected = Fingerprint(whole.Trainer);

        // One process after another: each trains a few steps and ends without a goodbye.
        string path = Path.Combine(_folder, "run.ckpt");
        var random = new FastRandom(5);
        while (true)
        {
            Run part = new(kind, windows);
            if (File.Exists(path)) part.Trainer.Resume(path);
            if (part.Trainer.Step == Steps) break;
            long until = part.Trainer.Step + random.Next(1, 4);
            part.AfterStep = trainer =>
            {
                if (trainer.Step < until && trainer.Step < Steps) return;
                trainer.SaveCheckpoint(path);
                throw new KilledException();
            };
            part.Trainer.Invoking(trainer => trainer.Fit(part.Training, part.Validation)).Should().Throw<KilledException>();
            part.Dispose();
        }

        Run last = new(kind, windows);
        last.Trainer.Resume(path);
        last.Trainer.Fit(last.Training, last.Validation);
        Fingerprint(last.Trainer).Should().Be(expected);
        last.Dispose();
        whole.Dispose();
    }

    [Fact]
    public void Checkpoints_of_the_options_are_saved_kept_and_resumed()
    {
        var options = new CheckpointOptions(Path.Combine(_folder, "runs")) { EverySteps = 5, KeepLast = 3 };
        Run run = new("stream", 1, options);
        run.Trainer.Fit(run.Training, run.Validation);
        string[] names = [.. Directory.GetFiles(options.Folder).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];
        names.Should().Contain("best.ckpt").And.Contain("step-0000000037.ckpt");
        names.Count(name => name.StartsWith("step-", StringComparison.Ordinal)).Should().Be(3);
        CheckpointFolder.Latest(options.Folder).Should().EndWith("step-0000000037.ckpt");

        // From each of the remaining files, and from the best, the run ends in the same bits.
        string expected = Fingerprint(run.Trainer);
        foreach (string file in Directory.GetFiles(options.Folder))
        {
            Run again = new("stream", 1);
            again.Trainer.Resume(file);
            again.Trainer.Fit(again.Training, again.Validation);
            Fingerprint(again.Trainer).Should().Be(expected, file);
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(29)]
    public void A_run_that_was_cancelled_between_two_accumulated_batches_continues_with_the_same_bits(int batches)
    {
        Run whole = new("stream", 1);
        whole.Trainer.Fit(whole.Training, whole.Validation);
        var options = new CheckpointOptions(_folder);
        Run run = new("stream", 1, options);
        using var cancellation = new CancellationTokenSource();
        int seen = 0;
        TransformedBatches<float> counted = run.Training.Transform((_, _) => { if (++seen == batches) cancellation.Cancel(); });
        run.Trainer.Fit(counted, run.Validation, cancellation: cancellation.Token).Reason.Should().Be(StopReason.Cancelled);
        run.Trainer.Step.Should().BeInRange(batches / 2, batches / 2 + 1);
        Run again = new("stream", 1, options);
        again.Trainer.ResumeLatest().Should().BeTrue();
        again.Trainer.Fit(again.Training.Transform((_, _) => { }), again.Validation);
        Fingerprint(again.Trainer).Should().Be(Fingerprint(whole.Trainer));
    }

    [Fact]
    public void A_checkpoint_saved_before_training_is_a_start()
    {
        string path = Path.Combine(_folder, "start.ckpt");
        new Run("stream", 1).Trainer.SaveCheckpoint(path);
        Run run = new("stream", 1), whole = new("stream", 1);
        run.Trainer.Resume(path);
        run.Trainer.Fit(run.Training, run.Validation);
        whole.Trainer.Fit(whole.Training, whole.Validation);
        Fingerprint(run.Trainer).Should().Be(Fingerprint(whole.Trainer));
    }

    [Fact]
    public void A_new_run_does_not_mix_its_checkpoints_with_those_of_another()
    {
        var options = new CheckpointOptions(_folder);
        Run first = new("stream", 1, options);
        first.Trainer.Fit(first.Training, first.Validation);
        Run second = new("stream", 1, options);
        second.Trainer.Invoking(trainer => trainer.Fit(second.Training, second.Validation)).Should().Throw<InvalidOperationException>().WithMessage("*another run*ResumeLatest*");
        second.Trainer.ResumeLatest().Should().BeTrue();
        second.Trainer.Step.Should().Be(Steps);
        second.Trainer.Fit(second.Training, second.Validation).Reason.Should().Be(StopReason.MaxSteps);
        new Run("stream", 1, new CheckpointOptions(Path.Combine(_folder, "none"))).Trainer.ResumeLatest().Should().BeFalse();
    }

    [Fact]
    public void Checkpoints_of_later_steps_are_replaced_when_a_run_continues_from_an_earlier_one()
    {
        var options = new CheckpointOptions(_folder) { EverySteps = 5, KeepLast = 3, KeepBest = false };
        Run first = new("stream", 1, options);
        first.Trainer.Fit(first.Training, first.Validation);
        string earlier = Directory.GetFiles(_folder).Order(StringComparer.Ordinal).First();
        Run second = new("stream", 1, options);
        second.Trainer.Resume(earlier);
        var names = new List<string>();
        second.AfterStep = trainer => { if (trainer.Step == 36) names.AddRange(Directory.GetFiles(_folder)); };
        second.Trainer.Fit(second.Training, second.Validation);
        names.Should().OnlyContain(name => !name.EndsWith("37.ckpt", StringComparison.Ordinal));
    }

    [Fact]
    public void A_checkpoint_that_does_not_fit_is_refused_and_changes_nothing()
    {
        string path = Path.Combine(_folder, "run.ckpt");
        Run run = new("stream", 3);
        run.AfterStep = trainer => { if (trainer.Step == 12) trainer.SaveCheckpoint(path); };
        run.Trainer.Fit(run.Training, run.Validation);
        StateDictionary saved = StateFile.Load(path);
        Run other = new("stream", 3);
        string before = Fingerprint(other.Trainer);
        foreach (string name in saved.Names)
        {
            // The positions of the sources are checked by the sources, in Fit.
            if (name.StartsWith("training.", StringComparison.Ordinal) || name.StartsWith("validation.", StringComparison.Ordinal)) continue;
            StateDictionary damaged = Without(saved, name);
            damaged.Set(name, "damaged");
            StateFile.Save(damaged, path);
            other.Trainer.Invoking(trainer => trainer.Resume(path)).Should().Throw<InvalidDataException>(name);
            Fingerprint(other.Trainer).Should().Be(before, name);
        }
    }

    [Fact]
    public void Sources_of_other_data_are_refused()
    {
        string path = Path.Combine(_folder, "run.ckpt");
        Run run = new("stream", 1);
        run.AfterStep = trainer => { if (trainer.Step == 12) trainer.SaveCheckpoint(path); };
        run.Trainer.Fit(run.Training, run.Validation);
        Run other = new("examples", 1);
        other.Trainer.Resume(path);
        other.Trainer.Invoking(trainer => trainer.Fit(other.Training, other.Validation)).Should().Throw<InvalidDataException>();
        other.Trainer.Fit(run.Training, run.Validation).Reason.Should().Be(StopReason.MaxSteps, "the checkpoint is not lost");
    }

    [Fact]
    public void A_folder_that_cannot_be_written_to_ends_training_with_its_error_and_loses_nothing()
    {
        // The folder is the path of a file, so it cannot be created.
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        Run run = new("stream", 1, new CheckpointOptions(file) { EverySteps = 10 });
        run.Trainer.Invoking(trainer => trainer.Fit(run.Training, run.Validation)).Should().Throw<IOException>();
        run.Trainer.Step.Should().BeInRange(1, 10);
        File.Delete(file);
        run.Trainer.Fit(run.Training, run.Validation).Step.Should().Be(Steps);
        Run whole = new("stream", 1);
        whole.Trainer.Fit(whole.Training, whole.Validation);
        Fingerprint(run.Trainer).Should().Be(Fingerprint(whole.Trainer));
    }

    [Fact]
    public void A_callback_that_throws_loses_nothing()
    {
        Run whole = new("stream", 1);
        whole.Trainer.Fit(whole.Training, whole.Validation);
        Run run = new("stream", 1);
        int calls = 0;
        run.AfterStep = _ => { if (++calls % 3 == 0) throw new KilledException(); };
        FitResult? result = null;
        while (result is null)
        {
            try
            {
                result = run.Trainer.Fit(run.Training, run.Validation);
            }
            catch (KilledException)
            {
                continue;
            }
        }

        Fingerprint(run.Trainer).Should().Be(Fingerprint(whole.Trainer));
    }

    private static StateDictionary Without(StateDictionary state, string name)
    {
        var copy = new StateDictionary();
        foreach ((string key, object value) in state.Values)
        {
            if (!string.Equals(key, name, StringComparison.Ordinal)) copy.Add(key, value);
        }

        return copy;
    }

    /// <summary>Everything that must be the same: weights, history (but for times) and best loss.</summary>
    private static string Fingerprint(Trainer<float> trainer)
    {
        IEnumerable<string> weights = trainer.Model.Parameters.SelectMany(parameter => parameter.Values.ToArray()).Select(value => BitConverter.SingleToUInt32Bits(value).ToString("X8"));
        IEnumerable<string> records = trainer.History.Records.Select(record => FormattableString.Invariant($"{record.Step} {record.Epoch} {record.TrainingLoss:R} {record.ValidationLoss:R} {record.LearningRate:R} {record.GradientNorm:R} {record.IsBest}"));
        return $"{trainer.Step} {trainer.Epoch} {trainer.BestLoss:R} {trainer.BestStep}\n{string.Join('\n', records)}\n{string.Join(' ', weights)}";
    }

    private sealed class KilledException : Exception;

    /// <summary>A run with everything on: dropout of every kind, shuffling, buckets or streams, a schedule that observes, averaging, and accumulation.</summary>
    private sealed class Run : IDisposable, ITrainerCallback<float>
    {
        public Run(string kind, int windows, CheckpointOptions? checkpoints = null)
        {
            var random = new FastRandom(3);
            int[] text = new int[900];
            for (int i = 1; i < text.Length; i++) text[i] = (text[i - 1] + 1 + random.Next(2)) % Boundary;
            IBatchSource<float> source;
            if (kind is "stream")
            {
                source = new TokenStreamBatches<float>(text.AsMemory(0, 700), Vocabulary, batch: 4, window: 12, documents: [100, 301, 555], randomOffset: true, seed: 9);
            }
            else
            {
                int[][] names = [.. Enumerable.Range(0, 60).Select(i => text.AsSpan(10 * i, 3 + i * 7 % 9).ToArray())];
                source = new NextTokenBatches<float>(names, Vocabulary, boundary: Boundary, new BatchOptions { BatchSize = 8, BucketBatches = 2, Seed = 4 }, wordDropout: 0.1);
            }

            Training = kind is "prefetched" ? source.Transform((batch, generator) => batch.Input.SetToken(0, 0, generator.Next(Boundary)), seed: 8).Prefetch(capacity: 3) : source;
            Validation = new TokenStreamBatches<float>(text.AsMemory(700), Vocabulary, batch: 2, window: 20);
            var model = new LayerStack<float>(
                new LstmLayer<float>(Vocabulary, 10, seed: 1, new LstmOptions { RecurrentDropout = 0.2, HiddenZoneout = 0.1 }),
                new DropoutLayer<float>(10, 0.3, seed: 2),
                new DenseLayer<float>(10, Vocabulary, seed: 3));
            Trainer = new Trainer<float>(model, new Adam<float>(0.01), new SoftmaxCrossEntropy<float>(), new()
            {
                MaxSteps = Steps,
                Windows = windows,
                BatchesPerStep = 2,
                MaxGradientNorm = 1,
                ValidateEverySteps = 6,
                Schedule = new WarmUpSchedule(5, new PlateauSchedule(0.02, patience: 0)),
                Average = new WeightAverage<float>(model, decay: 0.9),
                Callbacks = [this],
                Checkpoints = checkpoints,
            });
        }

        public Trainer<float> Trainer { get; }

        public IBatchSource<float> Training { get; }

        public IBatchSource<float> Validation { get; }

        public Action<Trainer<float>>? AfterStep { get; set; }

        public void OnStep(Trainer<float> trainer, in TrainingProgress progress) => AfterStep?.Invoke(trainer);

        public void Dispose() => (Training as IDisposable)?.Dispose();
    }
}
