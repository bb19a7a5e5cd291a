using FluentAssertions;
using Xunit;

namespace RnnSharp.Tests.References;

/// <summary>That variants.json holds what it promises, and that its cases without options are the library's plain layers.</summary>
public sealed class VariantCasesTests
{
    private static readonly string[] LstmOptions = ["peepholes", "coupled", "cell_clip", "projection", "layer_norm", "zoneout", "recurrent_dropout"];

    public static TheoryData<int> Every => VariantCases.Numbers(_ => true);

    [Fact]
    public void Every_option_appears_alone_and_combined_in_sizes_around_the_vector_width()
    {
        VariantCases.All.Count.Should().BeGreaterThanOrEqualTo(180);
        foreach (string option in LstmOptions)
        {
            VariantCase[] alone = [.. Of("lstm", option)];
            alone.Length.Should().BeGreaterThanOrEqualTo(4, option);
            alone.Select(it => it.Hidden).Should().Contain(hidden => hidden < 8, option).And.Contain(hidden => hidden == 8 || hidden == 9, option).And.Contain(hidden => hidden > 15, option);
            foreach (string other in LstmOptions.Where(other => !string.Equals(other, option, StringComparison.Ordinal)))
                VariantCases.All.Count(it => it.Options.On().Contains(option) && it.Options.On().Contains(other)).Should().BeGreaterThanOrEqualTo(8, $"{option} with {other}");
        }

        VariantCases.All.Count(it => it.Options.On().Length > 2).Should().BeGreaterThanOrEqualTo(30);
        Of("lstm", LstmOptions).Count().Should().BeGreaterThanOrEqualTo(4);
        Of("lstm", "zoneout").Select(it => (Hidden: it.Options.ZoneoutHidden > 0, Cell: it.Options.ZoneoutCell > 0)).Distinct().Should().HaveCount(3, "either state alone and both");

        foreach (string kind in new[] { "gru", "gru_reset_before", "rnn_tanh", "rnn_relu" })
        {
            string[] options = kind is "gru_reset_before" ? ["zoneout", "recurrent_dropout"] : ["layer_norm", "zoneout", "recurrent_dropout"];
            for (int chosen = 0; chosen < 1 << options.Length; chosen++)
            {
                string[] on = [.. options.Where((_, bit) => (chosen >> bit & 1) != 0)];
                Of(kind, on).Count().Should().BeGreaterThanOrEqualTo(2, $"{kind} with {string.Join(", ", on)}");
            }
        }
    }

    [Fact]
    public void Ragged_batches_initial_states_and_gradients_vary_for_every_kind()
    {
        foreach (IGrouping<string, VariantCase> kind in VariantCases.All.GroupBy(it => it.Kind, StringComparer.Ordinal))
        {
            kind.Count(it => it.Lengths == null).Should().BeGreaterThanOrEqualTo(4, kind.Key);
            kind.Count(it => it.Lengths != null && it.Lengths.Any(length => length < it.Steps)).Should().BeGreaterThanOrEqualTo(4, kind.Key);
            kind.Count(it => it.Initial == null).Should().BeGreaterThanOrEqualTo(4, kind.Key);
            kind.Count(it => it.Initial != null).Should().BeGreaterThanOrEqualTo(4, kind.Key);
            kind.Count(it => it.OutputGradient == null).Should().BeGreaterThanOrEqualTo(2, kind.Key);
            kind.Count(it => it.FinalGradient == null).Should().BeGreaterThanOrEqualTo(2, kind.Key);
            kind.Count(it => it.OutputGradient != null && it.FinalGradient != null).Should().BeGreaterThanOrEqualTo(2, kind.Key);
        }
    }

    [Theory]
    [MemberData(nameof(Every))]
    public void Each_case_is_complete(int number)
    {
        VariantCase it = VariantCases.All[number];
        string what = it.ToString();
        it.Parameters.Keys.Should().BeEquivalentTo(ParametersOf(it), what);
        it.ParameterGradients.Keys.Should().BeEquivalentTo(it.Parameters.Keys, what);
        foreach (string name in it.Parameters.Keys)
        {
            (int rows, int columns) = it.ShapeOf(name);
            it.Parameters[name].Should().HaveCount(rows * columns, $"{what} {name}");
            it.ParameterGradients[name].Should().HaveCount(rows * columns, $"{what} {name}");
        }

        int columnsOfAll = it.Batch * it.Steps;
        it.X.Should().HaveCount(columnsOfAll * it.Inputs, what);
        it.XGradient.Should().HaveCount(columnsOfAll * it.Inputs, what);
        it.Output.Should().HaveCount(columnsOfAll * it.Recurrent, what);
        (it.OutputGradient == null && it.FinalGradient == null).Should().BeFalse(what);
        foreach ((string name, int size) in it.Leaves)
        {
            it.Final[name].Should().HaveCount(it.Batch * size, what);
            it.InitialGradient[name].Should().HaveCount(it.Batch * size, what);
        }

        for (int example = 0; example < it.Batch; example++)
        {
            it.LengthOf(example).Should().BeInRange(1, it.Steps, what);
            it.Output.Skip(((it.LengthOf(example) - 1) * it.Batch + example) * it.Recurrent).Take(it.Recurrent)
                .Should().Equal(it.Final["h"].Skip(example * it.Recurrent).Take(it.Recurrent), what);
            for (int step = it.LengthOf(example); step < it.Steps; step++)
            {
                it.Output.Skip((step * it.Batch + example) * it.Recurrent).Take(it.Recurrent).Should().OnlyContain(value => value == 0, what);
                it.XGradient.Skip((step * it.Batch + example) * it.Inputs).Take(it.Inputs).Should().OnlyContain(value => value == 0, what);
            }
        }

        CheckMask(it.Masks.ZoneoutHidden, it.Options.ZoneoutHidden, columnsOfAll * it.Recurrent, 1, what);
        CheckMask(it.Masks.ZoneoutCell, it.Options.ZoneoutCell, columnsOfAll * it.Hidden, 1, what);
        CheckMask(it.Masks.RecurrentDropout, it.Options.RecurrentDropout, it.Gates * it.Batch * it.Recurrent, 1 / (1 - it.Options.RecurrentDropout), what);
    }

    [Fact]
    public void Cells_are_clipped_where_clipping_is_on()
    {
        // Zoneout may keep an initial cell state, which is not clipped.
        VariantCase[] clipped = [.. VariantCases.All.Where(it => it.Options is { CellClip: not null, ZoneoutCell: 0 })];
        foreach (VariantCase it in clipped) it.Final["c"].Should().OnlyContain(value => Math.Abs(value) <= it.Options.CellClip, it.ToString());
        clipped.Count(it => it.Final["c"].Any(value => Math.Abs(value) == it.Options.CellClip)).Should().BeGreaterThan(clipped.Length / 2);
        clipped.Count(it => it.Final["c"].Any(value => Math.Abs(value) < it.Options.CellClip)).Should().BeGreaterThan(clipped.Length / 2);
    }

    private static IEnumerable<VariantCase> Of(string kind, params string[] options) =>
        VariantCases.All.Where(it => string.Equals(it.Kind, kind, StringComparison.Ordinal) && it.Options.On().ToHashSet(StringComparer.Ordinal).SetEquals(options));

    private static IEnumerable<string> ParametersOf(VariantCase it)
    {
        List<string> names = ["weight_ih", "weight_hh", "bias"];
        if (it.Kind is "gru") names.Add("bias_hn");
        if (it.Options.LayerNorm) names.Add("gain");
        if (it.Options.Projection != null) names.Add("weight_hr");
        if (it.Options.Peepholes) names.AddRange(["peephole_i", "peephole_o"]);
        if (it.Options is { Peepholes: true, Coupled: false }) names.Add("peephole_f");
        return names;
    }

    private static void CheckMask(double[]? mask, double rate, int count, double high, string what)
    {
        (mask != null).Should().Be(rate > 0, what);
        if (mask == null) return;
        mask.Should().HaveCount(count, what).And.OnlyContain(value => value == 0 || value == high, what);
        if (count > 1) mask.Should().Contain(0, what).And.Contain(high, what);
    }
}
