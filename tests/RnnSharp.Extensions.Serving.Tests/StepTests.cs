using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Serving.Tests;

[Collection("alone")]
public sealed class StepTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    public async Task Sessions_of_many_tasks_get_the_bits_of_each_alone(int maxBatch)
    {
        const int Sessions = 60, Steps = 25;
        LayerStack<float> model = Serving.Model();
        await using var server = new ModelServer<float>(model, new() { MaxBatchSize = maxBatch });
        await Task.WhenAll(Enumerable.Range(0, Sessions).Select(session => Task.Run(async () =>
        {
            string id = await server.CreateSessionAsync();
            float[][] outputs = await server.StepsAsync(id, session, 0, Steps);
            outputs.Should().BeEquivalentTo(Serving.Serial(model, session, Steps), options => options.WithStrictOrdering());
        })));
        server.SessionCount.Should().Be(Sessions);
    }

    [Fact]
    public async Task Calls_of_several_steps_get_the_bits_of_single_steps()
    {
        const int Sessions = 10, Calls = 4;
        LayerStack<float> model = Serving.Model();
        await using var server = new ModelServer<float>(model);
        await Task.WhenAll(Enumerable.Range(0, Sessions).Select(session => Task.Run(async () =>
        {
            string id = await server.CreateSessionAsync();
            int done = 0;
            float[][] expected = Serving.Serial(model, session, 100);
            for (int call = 0; call < Calls; call++)
            {
                int count = 1 + (session + call) % 5;
                float[] inputs = [.. Enumerable.Range(done, count).SelectMany(step => Serving.Input(session, step))];
                float[] outputs = new float[count * Serving.Outputs], previous = new float[Serving.Outputs];
                StepResult result = await server.StepAsync(id, inputs, outputs, previous);
                (result.FirstStep, result.ModelVersion).Should().Be((done, 1));
                outputs.Should().Equal(expected[done..(done + count)].SelectMany(output => output));
                previous.Should().Equal(done == 0 ? new float[Serving.Outputs] : expected[done - 1]);
                done += count;
            }
        })));
    }

    [Fact]
    public async Task Calls_of_one_session_run_in_the_order_in_which_they_are_made()
    {
        const int Steps = 200;
        LayerStack<float> model = Serving.Model();
        await using var server = new ModelServer<float>(model, new() { MaxCallsPerSession = Steps, QueueCapacity = 3, MaxBatchSize = 2 });
        await server.CreateSessionAsync("a");
        await server.CreateSessionAsync("b");

        // Made without waiting: most wait for room in the queue, which is far smaller.
        Task<float[]>[] calls = [.. Enumerable.Range(0, Steps).Select(step => server.StepAsync("a", Serving.Input(0, step)))];
        Task<float[]>[] others = [.. Enumerable.Range(0, Steps).Select(step => server.StepAsync("b", Serving.Input(1, step)))];

        (await Task.WhenAll(calls)).Should().BeEquivalentTo(Serving.Serial(model, 0, Steps), options => options.WithStrictOrdering());
        (await Task.WhenAll(others)).Should().BeEquivalentTo(Serving.Serial(model, 1, Steps), options => options.WithStrictOrdering());
    }

    [Fact]
    public async Task Tokens_and_features_of_one_model_are_served_beside_each_other()
    {
        var model = new LstmLayer<float>(5, 4, seed: 1);
        await using var server = new ModelServer<float>(model);
        (server.TakesTokens, server.TakesFeatures).Should().Be((true, true));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(session => Task.Run(async () =>
        {
            string id = await server.CreateSessionAsync();
            Stepper<float> alone = model.CreateStepper();
            for (int step = 0; step < 20; step++)
            {
                int token = (session * step + session) % 5;
                var output = new float[4];
                if (session % 2 == 0)
                {
                    await server.StepAsync(id, new[] { token }, output);
                }
                else
                {
                    var features = new float[5];
                    features[token] = 1;
                    await server.StepAsync(id, features, output);
                }

                output.Should().Equal(alone.Step(new[] { token }).ToArray());
            }
        })));
    }

    [Fact]
    public async Task A_model_of_doubles_and_tokens_only_is_served()
    {
        var model = new LayerStack<double>(new EmbeddingLayer<double>(7, 4, seed: 1), new GruLayer<double>(4, 3, seed: 2));
        await using var server = new ModelServer<double>(model);
        string id = await server.CreateSessionAsync();
        var outputs = new double[9];
        await server.StepAsync(id, new[] { 1, 6, 3 }, outputs);
        Stepper<double> alone = model.CreateStepper();
        outputs.Should().Equal(new[] { 1, 6, 3 }.SelectMany(token => alone.Step(new[] { token }).ToArray()));
        server.TakesFeatures.Should().BeFalse();
        await FluentActions.Awaiting(async () => await server.StepAsync(id, new double[7], new double[3])).Should().ThrowAsync<ArgumentException>().WithMessage("*tokens*features*");
    }

    [Fact]
    public async Task A_call_that_gives_infinity_fails_alone_and_changes_nothing()
    {
        // The output is 0.9 + h times the largest float: infinite when h, which is 0 without input, exceeds 0.1.
        var lstm = new LstmLayer<float>(1, 1, seed: 1);
        var dense = new DenseLayer<float>(1, 1, seed: 2);
        foreach (Parameter<float> parameter in lstm.Parameters) parameter.Set([.. Enumerable.Repeat(parameter.Columns == 1 && parameter.Name.Contains("ih", StringComparison.Ordinal) ? 1f : 0f, parameter.Count)]);
        dense.Parameters[0].Set([float.MaxValue]);
        dense.Parameters[1].Set([0.9f * float.MaxValue]);
        var model = new LayerStack<float>(lstm, dense);
        using Counters counters = new Counters().Listen();
        await using var server = new ModelServer<float>(model, meterFactory: counters.Meters);
        await server.CreateSessionAsync("good");
        await server.CreateSessionAsync("bad");
        float[] none = [0];
        float.IsFinite(model.CreateStepper().Step(new float[] { 5 })[0]).Should().BeFalse();
        float[] expected = model.CreateStepper().Step(none).ToArray();
        float.IsFinite(expected[0]).Should().BeTrue();
        byte[] before = await server.ExportSessionAsync("bad");

        HeldServer held = await HeldServer.Hold(server);
        var goods = new float[2];
        Task<StepResult> bad = server.StepAsync("bad", new float[] { 0, 5 }, new float[2]).AsTask();
        Task<StepResult> good = server.StepAsync("good", new float[2], goods).AsTask();
        await held.Release();
        await good;
        Stepper<float> alone = model.CreateStepper();
        goods.Should().Equal(alone.Step(none)[0], alone.Step(none)[0]);
        (await FluentActions.Awaiting(() => bad).Should().ThrowAsync<NotFiniteException>()).Which.SessionId.Should().Be("bad");
        counters.All(ModelServerMeter.BatchSize).Should().Equal([1, 2, 2], "both sessions are in each batch but the holder's");
        (await server.ExportSessionAsync("bad")).Should().Equal(before);
        (await server.StepAsync("bad", none)).Should().Equal(expected);
    }

    [Fact]
    public async Task Memory_that_is_taken_away_fails_its_own_call_only()
    {
        LayerStack<float> model = Serving.Model();
        using Counters counters = new Counters().Listen();
        await using var server = new ModelServer<float>(model, meterFactory: counters.Meters);
        await server.CreateSessionAsync("a");
        await server.CreateSessionAsync("b");
        var lost = new WatchedMemory(Serving.Outputs, () => throw new ObjectDisposedException("lost"));
        byte[] before = await server.ExportSessionAsync("a");
        HeldServer held = await HeldServer.Hold(server);
        Task<StepResult> fails = server.StepAsync("a", Serving.Input(0, 0), lost.Memory).AsTask();
        Task<float[]> works = server.StepAsync("b", Serving.Input(1, 0));
        await held.Release();
        await FluentActions.Awaiting(() => fails).Should().ThrowAsync<ObjectDisposedException>().WithMessage("*lost*");
        (await works).Should().Equal(Serving.Serial(model, 1, 1)[0]);
        counters.All(ModelServerMeter.BatchSize).Should().Equal(1, 2);
        (await server.ExportSessionAsync("a")).Should().Equal(before);
    }

    [Fact]
    public async Task A_warm_step_allocates_little()
    {
        await using var server = new ModelServer<float>(Serving.Model());
        await server.CreateSessionAsync("a");
        float[] input = Serving.Input(0, 0), output = new float[Serving.Outputs];
        for (int i = 0; i < 300; i++) await server.StepAsync("a", input, output);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        const int Calls = 500;
        for (int i = 0; i < Calls; i++) await server.StepAsync("a", input, output);

        // Of the whole process, in which no other test runs at the same time.
        long perCall = (GC.GetTotalAllocatedBytes(precise: true) - before) / Calls;
        perCall.Should().BeLessThan(200);
    }
}
