using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Tests.Fuzz;

/// <summary>
/// Draws arguments of any type: fitting ones, wrong ones, and those that alias what a call works with. Sizes are small, or so large that
/// the library has to refuse them before it allocates anything, or, once a call, valid and somewhat large.
/// </summary>
internal sealed class HostileValues(Random random, ApiMembers members, SpanMembers spans, ObjectPool pool, string folder)
{
    /// <summary>Elements of the largest sequences and matrices that are kept for later calls.</summary>
    public const int MostElements = 4096;

    private const int LongestText = 100;
    private const int DeepestArgument = 3;
    private const double WrongIfHostile = 0.4;
    private const double WrongIfFriendly = 0.03;

    private static readonly int[] WrongIntegers = [int.MinValue, int.MinValue + 1, -100, -2, -1, 0, int.MaxValue - 1, int.MaxValue];
    private static readonly long[] WrongLongs = [long.MinValue, -1, 0, int.MaxValue, 1L << 40, long.MaxValue];
    private static readonly double[] WrongNumbers = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e39, -1e39, 1e-46, -1e-46, -0.0, double.MaxValue, double.Epsilon, -1, 1, 2];
    private static readonly double[] Numbers64 = [0, 1e-3, 0.1, 0.5, 0.9, 1, 2];
    private static readonly string?[] Strings = [null, "", " ", "h", "c", "0.h", "weight", "weight_ih", "bias", "0", "kind", "\ud800", "rnnsharp", "\0", new string('a', 1000)];
    private static readonly byte[][] Files = [[], [0, 0, 0, 0, 0, 0, 0, 0], new byte[100], [2, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}'], [255, 255, 255, 255, 255, 255, 255, 127, (byte)'{']];

    public Random Random { get; } = random;

    public ObjectPool Pool { get; } = pool;

    public static int SmallSize(Random random) => random.Next(20) switch
    {
        < 10 => 3,
        < 16 => 2,
        < 18 => 4,
        _ => 1,
    };

    /// <summary>Draws an argument.</summary>
    /// <param name="type">Its type; it may be a span.</param>
    /// <param name="name">The name of the parameter.</param>
    /// <param name="call">What came before it.</param>
    public object? Draw(Type type, string name, CallContext call)
    {
        if (type.IsByRef) type = type.GetElementType()!;
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Random.Next(5) < 2 ? null : Draw(underlying, name, call);
        bool wrong = Random.NextDouble() < (call.Hostile ? WrongIfHostile : WrongIfFriendly);
        if (type.IsPrimitive) return Primitive(type, name, wrong, call);
        if (type.IsEnum) return Enum.ToObject(type, wrong ? WrongIntegers[Random.Next(WrongIntegers.Length)] : Random.Next(Enum.GetValues(type).Length));
        if (type == typeof(Half)) return (Half)Number(wrong);
        if (!type.IsValueType && !type.IsByRefLike && wrong && Random.Next(4) == 0) return null;
        if (type == typeof(string)) return name is "path" ? Path(wrong) : String(wrong);
        if (type.IsSubclassOf(typeof(Delegate))) return Callback.Create(type, this, call);
        if (!wrong && Fitting(type, name, call) is { } fitting) return fitting;
        return IsSpan(type) ? Span(type.GetGenericArguments()[0], wrong, call)
            : type.IsByRefLike ? Span(Random.Next(2) == 0 ? typeof(int) : type.GetGenericArguments()[0], wrong, call)
            : type.IsArray ? Array(type, wrong, call)
            : Collection(type, wrong, call) ?? Object(type, wrong, call) ?? DefaultOf(type);
    }

    /// <summary>A boxed default of a value type that nothing makes; null of others.</summary>
    private static object? DefaultOf(Type type) => type is { IsValueType: true, IsByRefLike: false } && Nullable.GetUnderlyingType(type) is null ? RuntimeHelpers.GetUninitializedObject(type) : null;

    /// <summary>Makes an object with a constructor, or a method that makes objects.</summary>
    public object? Make(Type type, CallContext call)
    {
        if (call.Depth >= DeepestArgument) return null;
        Type[] types = [.. members.Concrete.Where(type.IsAssignableFrom)];
        MemberCall[] makers = [.. types.Length == 0 ? [] : members.ConstructorsOf(types[Random.Next(types.Length)]), .. members.Factories[type]];
        if (makers.Length == 0) return null;
        MemberCall maker = makers[Random.Next(makers.Length)];
        if (maker.NeedsTarget) return null;
        call.Depth++;
        try
        {
            object? made = maker.Invoke(null, [.. maker.Parameters.Select(parameter => Draw(parameter.ParameterType, parameter.Name!, call))]);
            if (made is not null) Initialize(made, call);
            return made;
        }
        catch (Exception exception) when (ApiFuzzer.IsAllowed(exception, maker))
        {
            return null;
        }
        finally
        {
            call.Depth--;
        }
    }

    /// <summary>Sets some of the properties that can be set only while an object is made.</summary>
    public void Initialize(object made, CallContext call)
    {
        foreach (PropertyInfo property in ApiMembers.InitProperties(made.GetType()))
        {
            if (Random.Next(3) != 0) continue;
            var setter = new MemberCall(property.SetMethod!);
            setter.Invoke(made, [Draw(property.PropertyType, property.Name, call)]);
        }
    }

    public T[] Numbers<T>(int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var numbers = new T[Math.Clamp(count, 0, MostElements)];
        Fill<T>(numbers);
        return numbers;
    }

    public void Fill<T>(Span<T> numbers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < numbers.Length; i++) numbers[i] = T.CreateSaturating(Random.NextDouble() - 0.5);
        if (!numbers.IsEmpty && Random.Next(8) == 0) numbers[Random.Next(numbers.Length)] = T.CreateSaturating(Number(wrong: true));
    }

    public Matrix<T> MatrixOf<T>(int rows, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Matrix<T> matrix = Random.Next(6) == 0 ? Matrix<T>.Build.Sparse(rows, columns) : Matrix<T>.Build.Dense(rows, columns);
        for (int j = 0; j < columns; j++) matrix[Random.Next(rows), j] = T.CreateSaturating(Number(wrong: Random.Next(20) == 0));
        return matrix;
    }

    private static bool IsSpan(Type type) => type.IsByRefLike && (type.GetGenericTypeDefinition() == typeof(Span<>) || type.GetGenericTypeDefinition() == typeof(ReadOnlySpan<>));

    private static Type? ElementTypeIn(Type type)
    {
        if (type == typeof(float) || type == typeof(double)) return type;
        if (type.IsArray) return ElementTypeIn(type.GetElementType()!);
        return type.IsGenericType ? type.GetGenericArguments().Select(ElementTypeIn).FirstOrDefault(found => found is not null) : null;
    }

    private object? Fitting(Type type, string name, CallContext call)
    {
        if (Random.Next(8) == 0) return null;
        try
        {
            Type? element = ElementTypeIn(type);
            if (element is null && type != typeof(ReadOnlySpan<int>)) return null;
            return element == typeof(float) || (element is null && call.Find<ILayer<float>>() is not null)
                ? FittingValues<float>.Draw(type, name, call, this)
                : FittingValues<double>.Draw(type, name, call, this);
        }
        catch (Exception exception) when (ApiFuzzer.IsAllowed(exception))
        {
            return null;
        }
    }

    private object Primitive(Type type, string name, bool wrong, CallContext call)
    {
        if (type == typeof(bool)) return Random.Next(2) == 0;
        if (type == typeof(char)) return (char)Random.Next(char.MaxValue);
        if (type == typeof(double)) return Number(wrong);
        if (type == typeof(float)) return (float)Number(wrong);
        if (type == typeof(int)) return Integer(name, wrong, call);
        long number = wrong ? WrongLongs[Random.Next(WrongLongs.Length)] : Random.Next(5);
        return type == typeof(long) ? number
            : type == typeof(ulong) ? unchecked((ulong)number)
            : type == typeof(uint) ? unchecked((uint)number)
            : type == typeof(byte) ? unchecked((byte)number)
            : type == typeof(short) ? unchecked((short)number)
            : Activator.CreateInstance(type)!;
    }

    private int Integer(string name, bool wrong, CallContext call)
    {
        if (wrong && name is "MaxTokens") return Random.Next(2) == 0 ? -1 : LongestText; // the largest number would be generated
        if (!wrong) return Random.Next(3) == 0 ? Random.Next(5) : SmallSize(Random);
        if (call.IsLarge || Random.Next(8) != 0) return WrongIntegers[Random.Next(WrongIntegers.Length)];
        call.IsLarge = true;
        return name.Contains("step", StringComparison.OrdinalIgnoreCase) ? 64 : Random.Next(4) == 0 ? 65536 : 300;
    }

    private double Number(bool wrong) => wrong ? WrongNumbers[Random.Next(WrongNumbers.Length)] : Random.Next(2) == 0 ? Random.NextDouble() : Numbers64[Random.Next(Numbers64.Length)];

    private string? String(bool wrong) => wrong || Random.Next(4) == 0 ? Strings[Random.Next(Strings.Length)] : Pool.String() ?? "h";

    /// <summary>Only paths in the run's own folder.</summary>
    private string? Path(bool wrong) => wrong ? (string?[])[null, "", "\0", folder, System.IO.Path.Combine(folder, "missing", "a"), System.IO.Path.Combine(folder, "missing")] is var paths ? paths[Random.Next(paths.Length)] : null
        : System.IO.Path.Combine(folder, $"{Random.Next(3)}.safetensors");

    private object? Span(Type element, bool wrong, CallContext call)
    {
        if (wrong && Random.Next(3) == 0) return null;
        if (Random.Next(8) == 0 && spans.Draw(element, this) is { } source) return source;
        if (Random.Next(10) == 0 && call.Values.FirstOrDefault(value => value is Array { Rank: 1, Length: > 1 } array && array.GetType().GetElementType() == element) is Array shared)
        {
            int begin = Random.Next(2);
            return Activator.CreateInstance(typeof(ArraySegment<>).MakeGenericType(element), shared, begin, shared.Length - begin - Random.Next(2 - begin));
        }

        return Array(element.MakeArrayType(), wrong, call);
    }

    private Array Array(Type type, bool wrong, CallContext call)
    {
        Type element = type.GetElementType()!;
        int[] lengths = [.. Enumerable.Range(0, type.GetArrayRank()).Select(_ => wrong ? Random.Next(5) : SmallSize(Random))];
        if (lengths.Length == 1 && element.IsPrimitive) lengths[0] = Random.Next(3) == 0 ? call.Batch : lengths[0] * (Random.Next(2) == 0 ? 1 : SmallSize(Random));
        var array = System.Array.CreateInstance(element, lengths);
        var index = new int[lengths.Length];
        for (int i = 0; i < array.Length; i++)
        {
            for (int rest = i, d = lengths.Length - 1; d >= 0; rest /= lengths[d--]) index[d] = rest % lengths[d];
            array.SetValue(Draw(element, "value", call), index);
        }

        return array;
    }

    private object? Collection(Type type, bool wrong, CallContext call)
    {
        if (!type.IsGenericType || !string.Equals(type.Namespace, "System.Collections.Generic", StringComparison.Ordinal)) return null;
        Type[] arguments = type.GetGenericArguments();
        if (arguments.Length == 1) return type.IsAssignableFrom(arguments[0].MakeArrayType()) ? Array(arguments[0].MakeArrayType(), wrong, call) : null;
        if (!type.IsInterface || !type.Name.Contains("Dictionary", StringComparison.Ordinal)) return null;
        var dictionary = (System.Collections.IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(arguments))!;
        for (int i = Random.Next(3); i > 0; i--)
        {
            if (Draw(arguments[0], "key", call) is { } key) dictionary[key] = Draw(arguments[1], "value", call);
        }

        return dictionary;
    }

    private object? Object(Type type, bool wrong, CallContext call)
    {
        if (type == typeof(Matrix<float>)) return AnyMatrix<float>(wrong);
        if (type == typeof(Matrix<double>)) return AnyMatrix<double>(wrong);
        if (type == typeof(Random)) return Pool.Get(type) ?? new Random(Random.Next());
        if (type == typeof(Stream)) return Stream();
        if (type == typeof(object)) return Pool.Get(typeof(object));
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ReadOnlyMemory<>)) return Activator.CreateInstance(type, Array(type.GetGenericArguments()[0].MakeArrayType(), wrong, call));
        if (type.IsValueType)
        {
            if (wrong || Pool.Get(type) is not { } kept) return type.FullName!.StartsWith("System.", StringComparison.Ordinal) && type.IsGenericType ? Activator.CreateInstance(type, [.. type.GetGenericArguments().Select(argument => Draw(argument, "value", call))]) : Make(type, call) ?? Activator.CreateInstance(type);
            return kept;
        }

        object? found = Random.Next(3) == 0 ? null : Pool.Get(type);
        return found ?? Make(type, call) ?? Pool.Get(type);
    }

    /// <summary>A new stream, or one that a call has written, from its beginning or where it is.</summary>
    private MemoryStream Stream()
    {
        if (Pool.Get(typeof(MemoryStream)) is MemoryStream kept && Random.Next(3) != 0)
        {
            if (Random.Next(4) != 0) kept.Position = 0;
            if (kept.Length < MostElements) return kept;
        }

        var stream = new MemoryStream();
        stream.Write(Files[Random.Next(Files.Length)]);
        stream.Position = 0;
        return stream;
    }

    private Matrix<T> AnyMatrix<T>(bool wrong)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        wrong && Random.Next(20) == 0 ? Vast<T>.Sparse
        : wrong && Random.Next(4) == 0 ? Matrix<T>.Build.Diagonal(SmallSize(Random), SmallSize(Random), T.One)
        : MatrixOf<T>(SmallSize(Random), SmallSize(Random));

    private static class Vast<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <summary>A matrix that no array can hold.</summary>
        public static readonly Matrix<T> Sparse = Matrix<T>.Build.Sparse(65536, 65536);
    }
}
