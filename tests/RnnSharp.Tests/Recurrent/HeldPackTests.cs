using System.Runtime.CompilerServices;
using FluentAssertions;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>Packed parameters that an object uses for as long as it lives.</summary>
public sealed class HeldPackTests
{
    private readonly Parameter<float> _parameter = new("weight", 1, 1);
    private readonly HashSet<Snapshot> _filled = new(ReferenceEqualityComparer.Instance);
    private readonly PackCache<float, Snapshot> _cache;

    public HeldPackTests() => _cache = new PackCache<float, Snapshot>([_parameter], target =>
    {
        _filled.Add(target);
        target.Value = _parameter.Values[0];
    }, _ => { });

    [Fact]
    public void A_held_pack_follows_the_parameters_and_is_not_overwritten_while_it_is_held()
    {
        var holder = new HeldPack<float, Snapshot>(_cache);
        Snapshot first = holder.Current();
        holder.Current().Should().BeSameAs(first);
        Change();
        Use().Should().Be(1);
        first.Value.Should().Be(0, "it is held");
        holder.Current().Value.Should().Be(1);
        for (int i = 0; i < 10; i++)
        {
            Change();
            holder.Current().Value.Should().Be(_parameter.Values[0]);
        }

        _filled.Should().HaveCount(2, "the memory of one version is filled with the version after the next");
        GC.KeepAlive(holder);
    }

    [Fact]
    public void A_pack_is_free_again_when_its_holder_is_gone()
    {
        for (int i = 0; i < 10; i++)
        {
            HoldAndForget();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Change();
            Use().Should().Be(i + 1);
        }

        _filled.Count.Should().BeLessThan(5);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void HoldAndForget() => new HeldPack<float, Snapshot>(_cache).Current().Value.Should().Be(_parameter.Values[0]);

    private void Change() => _parameter.Update(0, static (values, _) => values[0] += 1);

    private float Use()
    {
        Snapshot current = _cache.Acquire();
        current.Release();
        return current.Value;
    }

    private sealed class Snapshot : PackedSnapshot
    {
        public float Value { get; set; }
    }
}
