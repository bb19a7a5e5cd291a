using System.Reflection;

namespace RnnSharp.Tests.Fuzz;

/// <summary>The span-valued properties of the library's objects, whose memory is an argument of other calls.</summary>
internal sealed class SpanMembers
{
    private readonly ILookup<Type, Getter> _getters;

    public SpanMembers(ApiMembers members) => _getters = members.All.SelectMany(member => member.Calls)
        .Where(call => call is { NeedsTarget: true, Parameters.Length: 0, ResultType: { IsByRefLike: true, IsGenericType: true } } && call.Member.DeclaringType!.IsClass && call.Member.Name.StartsWith("get_", StringComparison.Ordinal))
        .Where(call => MemberCall.HelperOf(call.ResultType, "From") is { } helper && !string.Equals(helper.Name, nameof(Spans.FromStepInput), StringComparison.Ordinal))
        .Select(Create)
        .ToLookup(getter => getter.Element);

    public object? Draw(Type element, HostileValues values)
    {
        Getter[] getters = [.. _getters[element]];
        if (getters.Length == 0) return null;
        Getter getter = getters[values.Random.Next(getters.Length)];
        object? owner = values.Pool.Get(getter.Owner);
        return owner is null ? null : Activator.CreateInstance(typeof(SpanSource<>).MakeGenericType(element), owner, getter.Span, getter.ReadOnly);
    }

    private static Getter Create(MemberCall call)
    {
        Type element = call.ResultType.GetGenericArguments()[0];
        bool writable = call.ResultType.GetGenericTypeDefinition() == typeof(Span<>);
        Type owner = call.Member.DeclaringType!;
        PropertyInfo property = owner.GetProperties().First(property => property.GetMethod == call.Member);
        Delegate read = MemberCall.Getter(property, (writable ? typeof(SpanGetter<>) : typeof(ReadOnlySpanGetter<>)).MakeGenericType(element));
        return new Getter(element, owner, writable ? read : null, writable ? null : read);
    }

    private sealed record Getter(Type Element, Type Owner, Delegate? Span, Delegate? ReadOnly);
}
