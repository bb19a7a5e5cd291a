using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

/// <summary>Loading into a model from within code that a load, a save or an update of the same model calls.</summary>
public sealed class NestedLoadTests
{
    private static readonly byte[] First = ModelBytes.Save(Model(seed: 1)), Second = ModelBytes.Save(Model(seed: 2));

    public static TheoryData<int> Parameters => [.. Enumerable.Range(0, Model(seed: 3).Parameters.Count)];

    [Theory]
    [MemberData(nameof(Parameters))]
    public void LoadInto_is_refused_within_an_update_of_any_parameter_and_changes_none(int parameter)
    {
        LayerStack<float> target = Model(seed: 3);
        string before = Models.Describe(target);
        long[] versions = [.. target.Parameters.Select(each => each.Version)];
        target.Parameters[parameter].Update(target, (_, model) =>
            FluentActions.Invoking(() => ModelFile.LoadInto(model, new MemoryStream(First))).Should().Throw<InvalidOperationException>().WithMessage($"*within an update*{model.Parameters[parameter].Name}*"));
        versions[parameter] += 2; // the update itself
        Models.Describe(target).Should().Be(before);
        target.Parameters.Select(each => each.Version).Should().Equal(versions);
        ModelFile.LoadInto(target, new MemoryStream(First));
    }

    [Fact]
    public void Name_map_that_loads_into_the_same_model_is_overwritten_by_the_load_that_called_it()
    {
        LayerStack<float> target = Model(seed: 3);
        string? within = null;
        ModelFile.LoadInto(target, new MemoryStream(First), new ModelLoadIntoOptions
        {
            Names = name =>
            {
                if (within is null)
                {
                    ModelFile.LoadInto(target, new MemoryStream(Second));
                    within = Models.Describe(target);
                }

                return name;
            },
        });
        within.Should().Be(Models.Describe(Model(seed: 2)));
        Models.Describe(target).Should().Be(Models.Describe(Model(seed: 1)));
    }

    [Fact]
    public void Load_that_is_refused_keeps_what_its_name_map_loaded()
    {
        LayerStack<float> target = Model(seed: 3);
        FluentActions.Invoking(() => ModelFile.LoadInto(target, new MemoryStream(First), new ModelLoadIntoOptions
        {
            Names = name =>
            {
                if (name is "0.weight") ModelFile.LoadInto(target, new MemoryStream(Second));
                return name is "1.bias" ? "elsewhere" : name;
            },
        })).Should().Throw<InvalidDataException>().WithMessage("*\"1.bias\"*is missing*");
        Models.Describe(target).Should().Be(Models.Describe(Model(seed: 2)));
    }

    [Fact]
    public void Name_map_that_throws_leaves_the_model_as_it_was()
    {
        LayerStack<float> target = Model(seed: 3);
        string before = Models.Describe(target);
        var thrown = new NotSupportedException("no such name");
        FluentActions.Invoking(() => ModelFile.LoadInto(target, new MemoryStream(First), new ModelLoadIntoOptions { Names = name => name is "1.bias" ? throw thrown : name })).Should().Throw<NotSupportedException>().Which.Should().BeSameAs(thrown);
        Models.Describe(target).Should().Be(before);
    }

    [Fact]
    public void Stream_that_fails_at_its_end_leaves_the_model_as_it_was()
    {
        LayerStack<float> target = Model(seed: 3);
        string before = Models.Describe(target);
        FluentActions.Invoking(() => ModelFile.LoadInto(target, new FailingStream(First))).Should().Throw<IOException>();
        Models.Describe(target).Should().Be(before);
    }

    [Fact]
    public void Stream_that_loads_into_the_same_model_while_it_is_saved_is_found()
    {
        LayerStack<float> model = Model(seed: 3);
        FluentActions.Invoking(() => ModelFile.Save(model, new LoadingStream(() => ModelFile.LoadInto(model, new MemoryStream(First))))).Should().Throw<InvalidOperationException>().WithMessage("*changed while the model was being saved*");
        Models.Describe(model).Should().Be(Models.Describe(Model(seed: 1)));
    }

    private static LayerStack<float> Model(int seed) => new(new DenseLayer<float>(2, 3, seed), new DenseLayer<float>(3, 2, seed + 100));

    /// <summary>A file whose last byte cannot be read the second time: after the checksum has been found right.</summary>
    private sealed class FailingStream(byte[] bytes) : MemoryStream(bytes)
    {
        private int _reads;

        public override int Read(Span<byte> buffer)
        {
            int count = base.Read(buffer);
            return Position == Length && ++_reads == 2 ? throw new IOException("The disk is gone.") : count;
        }
    }

    private sealed class LoadingStream(Action load) : MemoryStream
    {
        private bool _hasLoaded;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(buffer);
            if (_hasLoaded) return;
            _hasLoaded = true;
            load();
        }
    }
}
