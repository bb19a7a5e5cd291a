using System.Reflection;
using FluentAssertions;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>The options records themselves; what each option computes has tests of its own.</summary>
public sealed class RecurrentOptionsTests
{
    [Fact]
    public void RecurrentOptions_cannot_be_derived_outside_the_library()
    {
        const BindingFlags All = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        typeof(RecurrentOptions).GetConstructor(All, [])!.IsFamilyAndAssembly.Should().BeTrue();

        // A record's copy constructor is always protected, but nobody outside can implement an internal member.
        typeof(RecurrentOptions).GetProperties(All).Should().Contain(property => property.GetMethod!.IsAbstract && property.GetMethod.IsAssembly);
        typeof(RecurrentOptions).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(RecurrentOptions))).Should().OnlyContain(type => type.IsSealed);
    }

    [Theory]
    [MemberData(nameof(Defaults))]
    public void Options_are_plain_only_when_all_are_off(RecurrentOptions defaults)
    {
        defaults.IsPlain.Should().BeTrue();
        foreach (PropertyInfo property in defaults.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(property => property.CanWrite && property.PropertyType != typeof(RecurrentBias) && property.Name is not nameof(RecurrentOptions.CheckpointSteps)))
        {
            Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            RecurrentOptions changed = defaults with { };
            property.SetValue(changed, type == typeof(bool) ? true : type == typeof(Activation) ? Activation.Softsign : Convert.ChangeType(0.5, type, System.Globalization.CultureInfo.InvariantCulture));
            changed.IsPlain.Should().BeFalse(property.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Defaults))]
    public void Biases_do_not_change_a_step(RecurrentOptions defaults)
    {
        foreach (RecurrentBias bias in Enum.GetValues<RecurrentBias>()) (defaults with { Bias = bias }).IsPlain.Should().BeTrue($"{bias}");
    }

    [Theory]
    [MemberData(nameof(Defaults))]
    public void Checkpoints_do_not_change_a_step(RecurrentOptions defaults) => (defaults with { CheckpointSteps = 3 }).IsPlain.Should().BeTrue();

    public static TheoryData<RecurrentOptions> Defaults => [new LstmOptions(), new GruOptions(), new RnnOptions(), new IndRnnOptions(), new CustomRecurrentOptions()];
}
