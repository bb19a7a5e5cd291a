using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;

namespace RnnSharp.Tests.Fuzz;

/// <summary>What a callback of the fuzzer throws now and then; the library lets it through.</summary>
internal sealed class CallbackException : Exception
{
    public CallbackException()
        : base("Thrown by a callback of the fuzzer.")
    {
    }
}

/// <summary>A delegate of any type that writes hostile values into its spans and returns a value that the fuzzer draws.</summary>
internal sealed class Callback(HostileValues values, CallContext call, Type resultType)
{
    private static readonly ConcurrentDictionary<Type, DynamicMethod> Compiled = new();

    public static Delegate Create(Type delegateType, HostileValues values, CallContext call)
    {
        MethodInfo invoke = delegateType.GetMethod("Invoke")!;
        return Compiled.GetOrAdd(delegateType, _ => Compile(invoke)).CreateDelegate(delegateType, new Callback(values, call, invoke.ReturnType));
    }

    public static void Scribble<TElement>(Callback self, Span<TElement> span)
    {
        if (span.IsEmpty) return;
        int at = self.Random.Next(span.Length);
        if (self.Draw(typeof(TElement)) is TElement value) span[at] = value;
    }

    public object? Run()
    {
        if (Random.Next(20) == 0) throw new CallbackException();
        return resultType == typeof(void) ? null : Draw(resultType);
    }

    private Random Random => values.Random;

    private object? Draw(Type type) => values.Draw(type, "value", call);

    private static DynamicMethod Compile(MethodInfo invoke)
    {
        Type[] parameters = [.. invoke.GetParameters().Select(parameter => parameter.ParameterType)];
        var compiled = new DynamicMethod("Callback", invoke.ReturnType, [typeof(Callback), .. parameters], typeof(Callback).Module, skipVisibility: true);
        ILGenerator il = compiled.GetILGenerator();
        for (int i = 0; i < parameters.Length; i++)
        {
            if (!parameters[i].IsGenericType || parameters[i].GetGenericTypeDefinition() != typeof(Span<>)) continue;
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldarg, (short)(i + 1));
            il.Emit(OpCodes.Call, typeof(Callback).GetMethod(nameof(Scribble))!.MakeGenericMethod(parameters[i].GetGenericArguments()));
        }

        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Call, typeof(Callback).GetMethod(nameof(Run))!);
        if (invoke.ReturnType == typeof(void)) il.Emit(OpCodes.Pop);
        else il.Emit(OpCodes.Unbox_Any, invoke.ReturnType);
        il.Emit(OpCodes.Ret);
        return compiled;
    }
}
