using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace RnnSharp.Tests.Fuzz;

internal delegate object? MemberInvoker(object? target, object?[] arguments);

/// <summary>
/// A constructor or method that can be called with boxed arguments. Reflection's own Invoke takes no spans; this compiles a method that
/// makes them from what <see cref="Spans"/> knows.
/// </summary>
internal sealed class MemberCall
{
    private const BindingFlags Helpers = BindingFlags.Public | BindingFlags.Static;

    private MemberInvoker? _invoke;

    public MemberCall(MethodBase member)
    {
        Member = member;
        Parameters = member.GetParameters();
        ResultType = member is MethodInfo method ? method.ReturnType : member.DeclaringType!;
    }

    public MethodBase Member { get; }

    public ParameterInfo[] Parameters { get; }

    public Type ResultType { get; }

    public bool NeedsTarget => !Member.IsStatic && !Member.IsConstructor;

    /// <summary>Why it cannot be called with boxed arguments; null if it can.</summary>
    public static string? Obstacle(MethodBase member)
    {
        if (!member.IsStatic && !member.IsConstructor && member.DeclaringType!.IsByRefLike) return "a member of a ref struct";

        // The fuzzer would use the same source itself at the same time, and its callbacks would draw from its generator.
        if (member.DeclaringType!.Name.StartsWith("PrefetchedBatches", StringComparison.Ordinal) || member.Name is "Prefetch") return "calls a source on another thread";
        foreach (ParameterInfo parameter in member.GetParameters())
        {
            Type type = parameter.ParameterType;
            if (type.IsPointer || (type.IsByRef && type.GetElementType()!.IsByRefLike) || (type.IsByRefLike && HelperOf(type, "To") is null)) return $"an argument of {type.Name}";
        }

        return null;
    }

    public object? Invoke(object? target, object?[] arguments) => (_invoke ??= Compile())(target, arguments);

    public override string ToString()
    {
        string generics = Member.IsGenericMethod ? $"<{string.Join(", ", Member.GetGenericArguments().Select(NameOf))}>" : "";
        return $"{NameOf(Member.DeclaringType!)}.{(Member.IsConstructor ? "new" : Member.Name)}{generics}";
    }

    public static string NameOf(Type type) => type.IsGenericType
        ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>"
        : type.Name;

    /// <summary>A delegate for reading a span-valued property.</summary>
    public static Delegate Getter(PropertyInfo property, Type delegateType)
    {
        var compiled = new DynamicMethod($"get_{property.Name}", property.PropertyType, [typeof(object)], typeof(MemberCall).Module, skipVisibility: true);
        ILGenerator il = compiled.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Castclass, property.DeclaringType!);
        il.Emit(OpCodes.Callvirt, property.GetMethod!);
        il.Emit(OpCodes.Ret);
        return compiled.CreateDelegate(delegateType);
    }

    /// <summary>The method of <see cref="Spans"/> that turns an object into a span-like type, or back.</summary>
    public static MethodInfo? HelperOf(Type type, string direction)
    {
        if (!type.IsGenericType) return null;
        Type definition = type.GetGenericTypeDefinition();
        string? name = definition == typeof(Span<>) ? "Span"
            : definition == typeof(ReadOnlySpan<>) ? "ReadOnlySpan"
            : definition == typeof(StepInput<>) ? "StepInput"
            : null;
        return name is null ? null : typeof(Spans).GetMethod(direction + name, Helpers)!.MakeGenericMethod(type.GetGenericArguments());
    }

    private MemberInvoker Compile()
    {
        var compiled = new DynamicMethod(Member.Name, typeof(object), [typeof(object), typeof(object[])], typeof(MemberCall).Module, skipVisibility: true);
        ILGenerator il = compiled.GetILGenerator();
        Type declaring = Member.DeclaringType!;
        if (NeedsTarget)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(declaring.IsValueType ? OpCodes.Unbox : OpCodes.Castclass, declaring);
        }

        for (int i = 0; i < Parameters.Length; i++)
        {
            Type type = Parameters[i].ParameterType;
            Type element = type.IsByRef ? type.GetElementType()! : type;
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Ldc_I4, i);
            il.Emit(OpCodes.Ldelem_Ref);
            if (HelperOf(element, "To") is { } helper) il.Emit(OpCodes.Call, helper);
            else il.Emit(OpCodes.Unbox_Any, element);
            if (!type.IsByRef) continue;
            LocalBuilder local = il.DeclareLocal(element);
            il.Emit(OpCodes.Stloc, local);
            il.Emit(OpCodes.Ldloca, local);
        }

        if (Member is ConstructorInfo constructor) il.Emit(OpCodes.Newobj, constructor);
        else il.Emit(NeedsTarget && !declaring.IsValueType ? OpCodes.Callvirt : OpCodes.Call, (MethodInfo)Member);
        EmitResult(il);
        il.Emit(OpCodes.Ret);
        MemberInvoker invoker = compiled.CreateDelegate<MemberInvoker>();
        RuntimeHelpers.PrepareDelegate(invoker);
        return invoker;
    }

    private void EmitResult(ILGenerator il)
    {
        Type type = ResultType;
        if (type == typeof(void))
        {
            il.Emit(OpCodes.Ldnull);
            return;
        }

        if (type.IsByRef)
        {
            type = type.GetElementType()!;
            il.Emit(OpCodes.Ldobj, type);
        }

        if (HelperOf(type, "From") is { } helper)
        {
            il.Emit(OpCodes.Call, helper);
        }
        else if (type.IsByRefLike || type.IsPointer)
        {
            il.Emit(OpCodes.Pop);
            il.Emit(OpCodes.Ldnull);
        }
        else if (type.IsValueType)
        {
            il.Emit(OpCodes.Box, type);
        }
    }
}
