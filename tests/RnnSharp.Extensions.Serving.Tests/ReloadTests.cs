using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.Serving.Tests;

public sealed class ReloadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_reload_under_load_drops_nothing_and_every_call_runs_on_one_model()
    {
        const int Sessions = 20, Calls = 60, Reloads = 15;
        LayerStack<float>[] models = [Serving.Model(1), Serving.Model(11)];
        await using var server = new ModelServer<float>(models[0]);
        using var ended = new CancellationTokenSource();
        Task clients = Task.WhenAll(Enumerable.Range(0, Sessions).Select(session => Task.Run(async () =>
        {
            string id = await server.CreateSessionAsync();
            State<float> state = models[0].CreateState(1);
            int version = 1, done = 0;
            for (int call = 0; call < Calls; call++)
            {
                int count = 1 + (call + session) % 4;
                var outputs = new float[count * Serving.Outputs];
                StepResult result = await server.StepAsync(id, Enumerable.Range(done, count).SelectMany(step => Serving.Input(session, step)).ToArray(), outputs);
                result.ModelVersion.Should().BeGreaterThanOrEqualTo(version);
                version = result.ModelVersion;
                var expected = new float[Serving.Outputs];
                for (int i = 0; i < count; i++, done++)
                {
                    models[(version - 1) % 2].Step(Serving.Input(session, done), state, expected);
                    outputs.AsSpan(i * Serving.Outputs, Serving.Outputs).ToArray().Should().Equal(expected);
                }
            }
        })));
        for (int reload = 1; reload <= Reloads; reload++)
        {
            await server.ReloadAsync(models[reload % 2]);
            server.ModelVersion.Should().Be(reload + 1);
            server.Model.Should().BeSameAs(models[reload % 2]);
        }

        await clients;
    }

    [Fact]
    public async Task A_file_is_loaded_and_reloaded_with_its_metadata()
    {
        string path = _folder["model.safetensors"];
        LayerStack<float> first = Serving.Model(1), second = Serving.Model(11);
        ModelFile.Save(first, path, new() { Metadata = new Dictionary<string, string> { ["mean"] = "1" } });
        await using ModelServer<float> server = ModelServer<float>.Load(new() { ModelPath = path });
        server.Metadata["mean"].Should().Be("1");
        await server.CreateSessionAsync("a");
        (await server.StepAsync("a", Serving.Input(0, 0))).Should().Equal(Serving.Serial(first, 0, 1)[0]);
        ModelFile.Save(second, path, new() { Metadata = new Dictionary<string, string> { ["mean"] = "2" } });
        await server.ReloadAsync();
        server.Metadata["mean"].Should().Be("2");

        State<float> state = first.CreateState(1);
        var expected = new float[Serving.Outputs];
        first.Step(Serving.Input(0, 0), state, expected);
        second.Step(Serving.Input(0, 1), state, expected);
        var output = new float[Serving.Outputs];
        (await server.StepAsync("a", Serving.Input(0, 1), output)).Metadata["mean"].Should().Be("2");
        output.Should().Equal(expected, "the session keeps its state");
    }

    [Fact]
    public async Task Metadata_that_the_application_refuses_are_not_served()
    {
        string path = _folder["model.safetensors"];
        var options = new ModelServerOptions { ModelPath = path, CheckMetadata = metadata => metadata.ContainsKey("mean") ? null : "no mean" };
        Save(1, "mean");
        await using ModelServer<float> server = ModelServer<float>.Load(options);
        Save(2, "other");
        await FluentActions.Awaiting(() => server.ReloadAsync()).Should().ThrowAsync<InvalidDataException>().WithMessage("*no mean");
        await FluentActions.Awaiting(() => server.ReloadAsync(Serving.Model())).Should().ThrowAsync<InvalidDataException>().WithMessage("*no mean");
        FluentActions.Invoking(() => ModelServer<float>.Load(options)).Should().Throw<InvalidDataException>().WithMessage("*no mean");
        server.ReloadFault.Should().Contain("no mean");
        (server.ModelVersion, server.Metadata["mean"]).Should().Be((1, "1"));
        Save(3, "mean");
        await server.ReloadAsync();
        (server.ModelVersion, server.Metadata["mean"]).Should().Be((2, "3"));

        void Save(int seed, string key) => ModelFile.Save(Serving.Model(seed), path, new() { Metadata = new Dictionary<string, string> { [key] = $"{seed}" } });
    }

    [Fact]
    public async Task A_cancelled_reload_leaves_the_model()
    {
        string path = _folder["model.safetensors"];
        ModelFile.Save(Serving.Model(1), path);
        using var cancellation = new CancellationTokenSource();
        int checks = 0;
        await using ModelServer<float> server = ModelServer<float>.Load(new()
        {
            ModelPath = path,
            CheckMetadata = _ =>
            {
                if (++checks == 2) cancellation.Cancel(); // when the file has been read
                return null;
            },
        });
        await FluentActions.Awaiting(() => server.ReloadAsync(cancellation: cancellation.Token)).Should().ThrowAsync<OperationCanceledException>();
        (server.ModelVersion, server.ReloadFault).Should().Be((1, null));
    }

    [Fact]
    public async Task A_file_that_does_not_fit_is_refused_and_the_old_model_stays()
    {
        string path = _folder["model.safetensors"];
        LayerStack<float> model = Serving.Model();
        await using var server = new ModelServer<float>(model, new() { ModelPath = path });
        await server.CreateSessionAsync("a");
        await FluentActions.Awaiting(() => server.ReloadAsync()).Should().ThrowAsync<FileNotFoundException>();
        File.WriteAllText(path, "damaged");
        await FluentActions.Awaiting(() => server.ReloadAsync()).Should().ThrowAsync<InvalidDataException>();
        ModelFile.Save(Serving.Model(units: 17), path);
        await FluentActions.Awaiting(() => server.ReloadAsync()).Should().ThrowAsync<InvalidDataException>().WithMessage("*layers of the present one*");
        server.ReloadFault.Should().Contain("layers of the present one");
        ModelFile.Save(Bidirectional.Of(seed => new LstmLayer<float>(2, 3, seed), seed: 1), path);
        await FluentActions.Awaiting(() => server.ReloadAsync()).Should().ThrowAsync<InvalidDataException>().WithMessage("*streams*");
        (server.ModelVersion, server.Model).Should().Be((1, model));
        (await server.StepAsync("a", Serving.Input(0, 0))).Should().Equal(Serving.Serial(model, 0, 1)[0]);
        ModelFile.Save(Serving.Model(2), path);
        await server.ReloadAsync();
        server.ReloadFault.Should().BeNull();
        server.ModelVersion.Should().Be(2);
    }
}
