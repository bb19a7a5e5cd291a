using System.Globalization;
using System.Text;
using RnnSharp.Forecasting;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Text;

namespace RnnSharp.Tests.Fuzz;

/// <summary>A call that ended as none may.</summary>
/// <param name="Segment">The seed of the run of calls that it belongs to.</param>
/// <param name="Number">Its number in that run.</param>
/// <param name="Call">The call, in words.</param>
/// <param name="Problem">What happened.</param>
internal sealed record ApiFailure(int Segment, int Number, string Call, string Problem)
{
    public override string ToString() => $"segment {Segment}, call {Number}: {Call}\n    {Problem}";
}

/// <summary>
/// Calls the library's public members at random. The calls are divided into segments, each of which begins with a seed and no objects, so
/// that a segment is repeated by its number alone.
/// </summary>
internal sealed class ApiFuzzer : IDisposable
{
    public const int CallsPerSegment = 1000;

    private const int CallsBetweenChecks = 100;
    private const long MostBytes = 64L << 20;

    /// <summary>A back-test may train hundreds of networks, one after another, and a wide beam search keeps thousands of texts.</summary>
    private const long MostBytesOfLongWork = 1L << 30;

    private const int MostFailures = 25;
    private const int Weight = 8;

    /// <summary>Members that most of the library's code lies behind.</summary>
    private static readonly string[] Core = ["ILayer.Forward(", "ILayer.Backward(", "ILayer.Predict(", "ILayer.Step(", "Layer.Forward(", "Layer.Backward(", "Layer.Predict(", "Layer.Step(", "IOptimizer.Step("];

    private static readonly TimeSpan LongestCall = TimeSpan.FromMinutes(2);

    private readonly ApiMembers _members = new();
    private readonly ApiMember[] _choices;
    private readonly SpanMembers _spans;
    private readonly string _folder = Directory.CreateTempSubdirectory("rnnsharp-fuzz-").FullName;
    private readonly KnownComputation _known = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Timer _watchdog;
    private string _current = "";
    private long _started = long.MaxValue;

    public ApiFuzzer()
    {
        _spans = new SpanMembers(_members);
        _choices = [.. _members.All.SelectMany(member => Enumerable.Repeat(member, Core.Any(name => member.Name.StartsWith(name, StringComparison.Ordinal)) ? Weight : 1))];
        _watchdog = new Timer(_ => RequireProgress(), null, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));
    }

    public List<ApiFailure> Failures { get; } = [];

    public ApiMembers Members => _members;

    public long Calls { get; private set; }

    public long Returned { get; private set; }

    public bool HasEnoughFailures => Failures.Count >= MostFailures;

    public static bool IsAllowed(Exception exception) =>
        exception is ArgumentException or InvalidOperationException or InvalidDataException or OperationCanceledException or CallbackException;

    /// <summary>A file that a path names can be missing.</summary>
    public static bool IsAllowed(Exception exception, MemberCall call) =>
        IsAllowed(exception) || (exception is IOException or UnauthorizedAccessException && call.Parameters.Any(parameter => parameter.Name is "path"));

    /// <summary>Runs a segment.</summary>
    /// <param name="segment">Its seed.</param>
    /// <param name="calls">How many calls of it.</param>
    /// <param name="log">Receives each call before it is made.</param>
    public void Run(int segment, int calls = CallsPerSegment, Action<string>? log = null)
    {
        var random = new Random(segment);
        var pool = new ObjectPool(random);
        var values = new HostileValues(random, _members, _spans, pool, _folder);
        foreach (Type type in _members.Concrete) pool.Add(values.Make(type, new CallContext(random, hostile: false)));
        CapturingFormat.Capture(pool.Add);
        pool.Add(new FuzzTypes.DoublingLayer<float>(3));
        pool.Add(new FuzzTypes.DoublingLayer<double>(3));
        pool.Add(new LanguageModel<float>(new LayerStack<float>(new LstmLayer<float>(3, 3, seed: segment), new DenseLayer<float>(3, 3, seed: segment)), CharacterVocabulary.FromText("hc0")));
        pool.Add(new LanguageModel<double>(new GruLayer<double>(3, 3, seed: segment), CharacterVocabulary.FromText("hc", new() { UnknownToken = true }), startToken: 0));
        for (int number = 0; number < calls; number++)
        {
            ApiMember member = _choices[random.Next(_choices.Length)];
            Call(member, member.Calls[random.Next(member.Calls.Count)], values, segment, number, log);
            if (number % CallsBetweenChecks == CallsBetweenChecks - 1 && _known.Difference() is { } difference) Fail(segment, number, "the known computation", difference, difference);
        }
    }

    public void Dispose()
    {
        _watchdog.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Call(ApiMember member, MemberCall call, HostileValues values, int segment, int number, Action<string>? log)
    {
        Random random = values.Random;
        var context = new CallContext(random, hostile: random.Next(2) == 0);
        object?[] arguments = new object?[call.Parameters.Length];
        object? target = null;
        try
        {
            Interlocked.Exchange(ref _current, $"segment {segment}, call {number}, {call}");
            Volatile.Write(ref _started, Environment.TickCount64);
            if (call.NeedsTarget)
            {
                target = values.Pool.Get(call.Member.DeclaringType!) ?? values.Make(call.Member.DeclaringType!, context);
                if (target is null) return;
                context.Add(target);
            }

            for (int i = 0; i < arguments.Length; i++)
            {
                bool isDefault = call.Parameters[i].HasDefaultValue && random.Next(3) == 0;
                arguments[i] = isDefault ? DefaultOf(call.Parameters[i].DefaultValue, call.Parameters[i].ParameterType) : values.Draw(call.Parameters[i].ParameterType, call.Parameters[i].Name!, context);
                context.Add(arguments[i]);
            }

            log?.Invoke($"{segment} {number} {Describe(call, target, arguments)}");
            Calls++;
            member.Called++;
            long before = GC.GetAllocatedBytesForCurrentThread();
            object? result = Invoke(call, target, arguments);
            long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            Returned++;
            member.Returned++;
            if (bytes > (call.Member.DeclaringType == typeof(BackTest) || call.Member.Name is nameof(LanguageModel<>.BeamSearch) ? MostBytesOfLongWork : MostBytes)) Fail(segment, number, Describe(call, target, arguments), $"allocated {bytes} bytes", $"{call.Member.Name} bytes");
            Keep(values.Pool, context, [result, target, .. arguments]);
        }
        catch (Exception exception) when (IsAllowed(exception, call))
        {
            Keep(values.Pool, context, [target, .. arguments]);
        }
        catch (Exception exception)
        {
            string where = exception.StackTrace?.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.StartsWith("at RnnSharp.", StringComparison.Ordinal) && !line.Contains(".Fuzz.", StringComparison.Ordinal)) ?? call.ToString();
            Fail(segment, number, Describe(call, target, arguments), $"{exception.GetType().Name}: {exception.Message} {where}", $"{exception.GetType().Name} {where}");
        }
        finally
        {
            Volatile.Write(ref _started, long.MaxValue);
        }
    }

    /// <summary>Calls a member; a setting of the whole process is put back at once.</summary>
    private static object? Invoke(MemberCall call, object? target, object?[] arguments)
    {
        if (!call.Member.IsStatic || !call.Member.Name.StartsWith("set_", StringComparison.Ordinal)) return call.Invoke(target, arguments);
        System.Reflection.PropertyInfo property = call.Member.DeclaringType!.GetProperty(call.Member.Name["set_".Length..])!;
        object? before = property.GetValue(null);
        try
        {
            return call.Invoke(target, arguments);
        }
        finally
        {
            property.SetValue(null, before);
        }
    }

    private static object? DefaultOf(object? value, Type type) =>
        value is null && type is { IsValueType: true, IsByRefLike: false } && Nullable.GetUnderlyingType(type) is null ? Activator.CreateInstance(type)
        : value is not null && (Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } enumeration ? Enum.ToObject(enumeration, value)
        : value;

    private static void Keep(ObjectPool pool, CallContext context, object?[] items)
    {
        foreach (object? item in items)
        {
            if (context.IsLarge) pool.Remove(item);
            else pool.Add(item);
        }
    }

    private static string Describe(MemberCall call, object? target, object?[] arguments)
    {
        var text = new StringBuilder(call.ToString());
        text.Append('(').AppendJoin(", ", arguments.Select(Describe)).Append(')');
        if (call.NeedsTarget) text.Append(" of ").Append(Describe(target));
        return text.ToString();
    }

    private static string Describe(object? value)
    {
        try
        {
            string text = value switch
            {
                null => "null",
                string chars => $"\"{chars}\"",
                Array array => $"{MemberCall.NameOf(array.GetType())}[{string.Join(", ", array.Cast<object?>().Take(8).Select(Describe))}]",
                IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
                _ => $"{MemberCall.NameOf(value.GetType())} {value}",
            };
            return text.Length <= 200 ? text.ReplaceLineEndings(" ") : string.Concat(text.AsSpan(0, 200), "...").ReplaceLineEndings(" ");
        }
        catch (Exception exception) when (IsAllowed(exception))
        {
            return $"{MemberCall.NameOf(value!.GetType())} ({exception.GetType().Name})";
        }
    }

    private void Fail(int segment, int number, string call, string problem, string kind)
    {
        if (_seen.Add(kind)) Failures.Add(new ApiFailure(segment, number, call, problem));
    }

    /// <summary>Ends the process with a word on the call that does not return, which nothing else would name.</summary>
    private void RequireProgress()
    {
        long started = Volatile.Read(ref _started);
        if (started != long.MaxValue && Environment.TickCount64 - started > LongestCall.TotalMilliseconds) Environment.FailFast($"A fuzzed call does not return: {Volatile.Read(ref _current)}.");
    }
}
