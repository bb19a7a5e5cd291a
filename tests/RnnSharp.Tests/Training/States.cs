using FluentAssertions;
using RnnSharp.Tests.Recurrent;

namespace RnnSharp.Tests.Training;

internal static class States
{
    /// <summary>The same names, and values that are the same to the last bit.</summary>
    public static void ShouldBeSame(StateDictionary actual, StateDictionary expected)
    {
        actual.Names.Should().Equal(expected.Names);
        foreach (((string name, object value), (_, object wanted)) in actual.Values.Zip(expected.Values))
        {
            switch (wanted)
            {
                case double[] values: Bits.ShouldBeSame<double>((double[])value, values, name); break;
                case float[] values: Bits.ShouldBeSame<float>((float[])value, values, name); break;
                default: value.Should().Be(wanted, name); break;
            }
        }
    }

    /// <summary>A copy with one value replaced, or removed if it is null.</summary>
    public static StateDictionary With(this StateDictionary state, string name, object? value)
    {
        var copy = new StateDictionary();
        foreach ((string key, object kept) in state.Values)
        {
            if (!string.Equals(key, name, StringComparison.Ordinal)) copy.Add(key, kept);
        }

        if (value is not null) copy.Add(name, value);
        return copy;
    }
}
