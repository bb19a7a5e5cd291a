using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

public sealed class ModelFileStreamingTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void A_model_that_streams_steps_after_loading()
    {
        var model = new LayerStack<float>(new LstmLayer<float>(2, 3, seed: 1), new DenseLayer<float>(3, 1, seed: 2));
        ModelFile.Save(model, _path);
        float[] expected = model.CreateStepper().Step(new float[] { 1, 2 }).ToArray();
        ModelFile.LoadStreaming<float>(_path).Model.CreateStepper().Step(new float[] { 1, 2 }).ToArray().Should().Equal(expected);
        using FileStream stream = File.OpenRead(_path);
        ModelFile.LoadStreaming<float>(stream).Model.CreateStepper().Step(new float[] { 1, 2 }).ToArray().Should().Equal(expected);
    }

    [Fact]
    public void A_model_that_does_not_stream_is_refused()
    {
        ModelFile.Save(Bidirectional.Of(seed => new LstmLayer<float>(2, 3, seed), seed: 1), _path);
        FluentActions.Invoking(() => ModelFile.LoadStreaming<float>(_path)).Should().Throw<InvalidDataException>().WithMessage($"*{Path.GetFileName(_path)}*Expected a model that streams, got BidirectionalLayer*");
        using FileStream stream = File.OpenRead(_path);
        FluentActions.Invoking(() => ModelFile.LoadStreaming<float>(stream)).Should().Throw<InvalidDataException>().WithMessage("*model that streams*");
    }

    [Fact]
    public async Task Async_overloads_save_and_load_the_same_model()
    {
        var model = new GruLayer<double>(2, 3, seed: 1);
        await ModelFile.SaveAsync(model, _path);
        LoadedModel<double> loaded = await ModelFile.LoadAsync<double>(_path);
        loaded.Model.Parameters[0].Values.ToArray().Should().Equal(model.Parameters[0].Values.ToArray());
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await FluentActions.Awaiting(() => ModelFile.LoadAsync<double>(_path, cancellation: cancelled.Token)).Should().ThrowAsync<OperationCanceledException>();
    }
}
