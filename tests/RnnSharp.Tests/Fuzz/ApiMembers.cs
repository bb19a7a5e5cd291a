using System.Reflection;
using System.Runtime.CompilerServices;
using RnnSharp.Forecasting;

namespace RnnSharp.Tests.Fuzz;

/// <summary>A public constructor or method of the library, with the type arguments that it is tried with.</summary>
internal sealed class ApiMember(string name, IReadOnlyList<MemberCall> calls)
{
    public string Name { get; } = name;

    public IReadOnlyList<MemberCall> Calls { get; } = calls;

    public bool TakesArguments => Calls[0].Parameters.Length > 0;

    public long Called { get; set; }

    public long Returned { get; set; }
}

/// <summary>The library's public members, found by reflection, so that the fuzzer follows the library by itself.</summary>
internal sealed class ApiMembers
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
    private const int MostClosures = 12;

    private static readonly Assembly Library = typeof(ILayer<>).Assembly;

    // float and double first. Half is an element type that the library does not have, and int none at all.
    private static readonly Type[] TypeArguments =
    [
        typeof(float), typeof(double), typeof(Half), typeof(int),
        .. typeof(FuzzTypes).GetNestedTypes().Where(type => type is { IsValueType: true, IsGenericType: false }),
        .. Library.GetExportedTypes().Where(type => type is { IsValueType: true, IsEnum: false, IsGenericType: false, IsByRefLike: false }),
    ];

    private readonly Dictionary<Type, MemberCall[]> _constructors = [];

    public ApiMembers()
    {
        var members = new Dictionary<string, List<MemberCall>>(StringComparer.Ordinal);
        var uncallable = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (Type type in Library.GetExportedTypes().Where(type => !type.IsEnum && !type.IsSubclassOf(typeof(Delegate))))
        {
            foreach (Type closed in Closures(type))
            {
                foreach (MethodBase member in MembersOf(closed).Where(member => !TrainsForLong(member))) Add(members, uncallable, member);
            }
        }

        All = [.. members.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new ApiMember(pair.Key, pair.Value))];
        Uncallable = uncallable;
        Concrete = [.. All.SelectMany(member => member.Calls).Where(call => call.Member.IsConstructor && IsForTheLibrary(call.Member.DeclaringType!)).Select(call => call.Member.DeclaringType!).Distinct()];
        foreach (Type type in Concrete) _constructors[type] = [.. All.SelectMany(member => member.Calls).Where(call => call.Member.IsConstructor && call.Member.DeclaringType == type)];
        Factories = All.SelectMany(member => member.Calls)
            .Where(call => call.Member is MethodInfo { IsStatic: true } && call.ResultType.Assembly == Library && call.ResultType.IsClass && !call.Member.Name.StartsWith("get_", StringComparison.Ordinal))
            .ToLookup(call => call.ResultType);
    }

    public IReadOnlyList<ApiMember> All { get; }

    /// <summary>Members with arguments that cannot be called so, and why.</summary>
    public IReadOnlyDictionary<string, string> Uncallable { get; }

    /// <summary>The types of float and double that have public constructors.</summary>
    public IReadOnlyList<Type> Concrete { get; }

    /// <summary>Static methods that make objects, by what they make.</summary>
    public ILookup<Type, MemberCall> Factories { get; }

    public MemberCall[] ConstructorsOf(Type type) => _constructors.GetValueOrDefault(type, []);

    /// <summary>Properties that an object may be given only while it is made.</summary>
    public static IEnumerable<PropertyInfo> InitProperties(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => IsInit(property.GetSetMethod()));

    /// <summary>With its defaults, DeepAR trains for thousands of steps, whatever the series: minutes in a back-test.</summary>
    private static bool TrainsForLong(MethodBase member) => member.DeclaringType == typeof(DeepArMethod) || (member.DeclaringType == typeof(DeepAr) && member.Name is nameof(DeepAr.Fit));

    /// <summary>Whether calls on objects of a type can succeed: its element type is float or double.</summary>
    private static bool IsForTheLibrary(Type type) => !type.IsGenericType || !type.GetGenericArguments().Any(argument => argument == typeof(Half) || argument == typeof(int));

    private static bool IsInit(MethodInfo? setter) => setter is not null && setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static IEnumerable<MethodBase> MembersOf(Type type)
    {
        if (!type.IsAbstract)
        {
            foreach (ConstructorInfo constructor in type.GetConstructors(BindingFlags.Public | BindingFlags.Instance)) yield return constructor;
        }

        foreach (MethodInfo method in type.GetMethods(Declared))
        {
            if (method.IsStatic && (method.IsAbstract || method.IsVirtual)) continue; // of equations, which the engine calls
            if (method.Name.StartsWith('<') || IsInit(method)) continue;
            if (!method.IsGenericMethodDefinition)
            {
                yield return method;
                continue;
            }

            foreach (MethodInfo closed in Closures(method)) yield return closed;
        }
    }

    private static void Add(Dictionary<string, List<MemberCall>> members, SortedDictionary<string, string> uncallable, MethodBase member)
    {
        Type type = member.DeclaringType!;
        string name = $"{type.Name.Split('`')[0]}.{(member.IsConstructor ? "new" : member.Name)}({string.Join(", ", member.GetParameters().Select(parameter => parameter.Name))})";
        if (MemberCall.Obstacle(member) is { } obstacle)
        {
            if (member.GetParameters().Length > 0) uncallable[name] = obstacle;
            return;
        }

        string key = $"{name} {member.MetadataToken:x}";
        if (!members.TryGetValue(key, out List<MemberCall>? calls)) members.Add(key, calls = []);
        calls.Add(new MemberCall(member));
    }

    private static IEnumerable<Type> Closures(Type type)
    {
        if (!type.IsGenericTypeDefinition) return [type];
        return Arguments(type.GetGenericArguments().Length).Select(arguments => Try(() => type.MakeGenericType(arguments))).OfType<Type>().Take(MostClosures);
    }

    private static IEnumerable<MethodInfo> Closures(MethodInfo method) =>
        Arguments(method.GetGenericArguments().Length).Select(arguments => Try(() => method.MakeGenericMethod(arguments))).OfType<MethodInfo>().Take(MostClosures);

    private static IEnumerable<Type[]> Arguments(int count) => count == 0
        ? [[]]
        : Arguments(count - 1).SelectMany(first => TypeArguments.Select(last => (Type[])[.. first, last]));

    private static TResult? Try<TResult>(Func<TResult> close)
        where TResult : class
    {
        try
        {
            return close();
        }
        catch (ArgumentException)
        {
            return null; // a constraint does not hold
        }
    }
}
