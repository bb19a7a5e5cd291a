using FluentAssertions;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Layers;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>States from matrices, arrays and other states.</summary>
public sealed class StateTests
{
    [Fact]
    public void Set_takes_a_matrix_of_units_by_batch_or_an_array_of_batch_by_units()
    {
        State<double> state = new LstmLayer<double>(2, 3, seed: 1).CreateState(2);
        Matrix<double> matrix = Matrix<double>.Build.DenseOfArray(new double[,] { { 1, 4 }, { 2, 5 }, { 3, 6 } });
        state.Set("h", matrix);
        state.Set("c", new double[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        state["h"].Values.ToArray().Should().Equal(1, 2, 3, 4, 5, 6);
        state["c"].Values.ToArray().Should().Equal(1, 2, 3, 4, 5, 6);
        state["c"].ToMatrix().Should().Be(matrix);
        state["h"].ToArray().Should().BeEquivalentTo(new double[,] { { 1, 2, 3 }, { 4, 5, 6 } });
    }

    [Fact]
    public void CopyExample_copies_one_row_of_every_leaf()
    {
        LayerStack<double> model = Model();
        State<double> source = Filled(model, 3), target = Filled(model, 2);
        State<double> before = target.Clone();
        target.CopyExample(source, 2, 0);
        foreach ((StateLeaf<double> from, StateLeaf<double> to, StateLeaf<double> old) in source.Leaves.Zip(target.Leaves, before.Leaves))
        {
            to.ToMatrix().Column(0).Should().BeEquivalentTo(from.ToMatrix().Column(2));
            to.ToMatrix().Column(1).Should().BeEquivalentTo(old.ToMatrix().Column(1));
        }

        source.CopyExample(source, 0, 1);
        source["0.forward.h"].ToMatrix().Column(1).Should().BeEquivalentTo(source["0.forward.h"].ToMatrix().Column(0));
    }

    [Fact]
    public void ConvertTo_keeps_names_parts_and_values()
    {
        LayerStack<double> model = Model();
        State<double> state = Filled(model, 2);
        State<float> converted = state.ConvertTo<float>();
        converted.ToString().Should().Be(state.ToString());
        converted.Parts.Count.Should().Be(state.Parts.Count);
        converted["1.c"].Values.ToArray().Should().Equal(state["1.c"].Values.ToArray().Select(value => (float)value));
        converted.ConvertTo<double>()["1.c"].ToMatrix().Should().Be(state["1.c"].ToMatrix());
        model.Predict(new Sequence<double>(2, 2, 3), converted.ConvertTo<double>()).Steps.Should().Be(3);
    }

    [Fact]
    public void Resize_of_a_composite_allocates_nothing_for_a_batch_it_has_had()
    {
        State<double> state = Model().CreateState(8);
        state.Resize(3);
        Warm.Allocated(() =>
        {
            state.Resize(8);
            state.Resize(3);
        }).Should().Be(0);
        state.Parts[0].Batch.Should().Be(3);
        state.Leaves.Should().OnlyContain(leaf => leaf.Batch == 3);
    }

    [Fact]
    public void Resize_repairs_a_state_of_which_a_part_was_resized_alone()
    {
        LayerStack<double> model = Model();
        State<double> state = model.CreateState(2);
        state.Parts[1].Resize(5);
        model.Invoking(it => it.Predict(new Sequence<double>(2, 2, 1), state)).Should().Throw<ArgumentException>().WithParameterName("state").WithMessage("*1.h 4 x 5*");
        state.Resize(2);
        model.Predict(new Sequence<double>(2, 2, 1), state).Batch.Should().Be(2);
    }

    [Fact]
    public void Copying_methods_allocate_nothing()
    {
        State<double> first = Filled(Model(), 2), second = Filled(Model(), 2);
        Warm.Allocated(() =>
        {
            first.CopyFrom(second);
            first.CopyExample(second, 0, 1);
            first.Clear();
        }).Should().Be(0);
    }

    [Fact]
    public void A_state_takes_memory_for_all_its_batches_at_the_first_use()
    {
        const int Units = 10_000;
        long before = GC.GetAllocatedBytesForCurrentThread();
        var state = new State<double>(3, ("h", Units));
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(Units * sizeof(double));
        state.Resize(1);
        state["h"].Values[0] = 1;
        before = GC.GetAllocatedBytesForCurrentThread();
        state.Resize(3);
        state["h"].Values[^1] = 1;
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(Units * sizeof(double));
        new State<double>(3, ("h", Units))["h"].Values.ToArray().Should().OnlyContain(value => value == 0);
    }

    [Fact]
    public void Threads_that_use_a_state_first_share_its_memory()
    {
        const int States = 2000, Threads = 2;
        State<float>[] states = [.. Enumerable.Range(0, States).Select(_ => new State<float>(1, ("h", Threads)))];
        using var start = new Barrier(Threads);
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            start.SignalAndWait();
            foreach (State<float> state in states) state["h"].Values[thread] = 1 + thread;
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        foreach (State<float> state in states) state["h"].Values.ToArray().Should().Equal(1, 2);
    }

    private static LayerStack<double> Model() => new(
        new BidirectionalLayer<double>(new GruLayer<double>(2, 3, seed: 1), new GruLayer<double>(2, 3, seed: 2)),
        new LstmLayer<double>(6, 4, seed: 3),
        new DenseLayer<double>(4, 2, seed: 4));

    private static State<double> Filled(ILayer<double> layer, int batch)
    {
        State<double> state = layer.CreateState(batch);
        double next = 0;
        foreach (StateLeaf<double> leaf in state.Leaves)
        {
            foreach (ref double value in leaf.Values) value = ++next / 8;
        }

        return state;
    }
}
