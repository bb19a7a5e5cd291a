using System.Collections;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Tests.Fuzz;

/// <summary>The live objects of a run, by their types: what one call gives is an argument of later ones.</summary>
internal sealed class ObjectPool(Random random)
{
    private const int MostOfAType = 5;
    private const int MostStrings = 40;
    private const int LongestString = 40;
    private const int MostParameters = 1000;
    private const int DeepestLayer = 3;

    private readonly Dictionary<Type, List<object>> _objects = [];
    private readonly Dictionary<Type, List<Type>> _assignable = [];
    private readonly List<string> _strings = [];

    /// <summary>Keeps an object, a string or an element of a list, if calls may be made with it.</summary>
    public void Add(object? item)
    {
        switch (item)
        {
            case null:
                return;
            case string text:
                if (text.Length > LongestString || _strings.Contains(text)) return;
                if (_strings.Count < MostStrings) _strings.Add(text);
                else _strings[random.Next(MostStrings)] = text;
                return;
        }

        Type type = item.GetType();
        if (IsKept(type)) KeepIfSmall(type, item);
        else if (item is IList { Count: > 0 } list and not Array { Rank: > 1 } && !type.GetElementTypeOrSelf().IsPrimitive) Add(list[random.Next(list.Count)]);
    }

    /// <summary>Forgets an object that has grown too large.</summary>
    public void Remove(object? item)
    {
        if (item is not null && _objects.TryGetValue(item.GetType(), out List<object>? list)) list.RemoveAll(one => ReferenceEquals(one, item));
    }

    public string? String() => _strings.Count == 0 ? null : _strings[random.Next(_strings.Count)];

    /// <summary>An object of a type; null if there is none.</summary>
    public object? Get(Type type)
    {
        if (!_assignable.TryGetValue(type, out List<Type>? types)) _assignable.Add(type, types = [.. _objects.Keys.Where(type.IsAssignableFrom)]);
        if (types.Count == 0) return null;
        List<object> list = _objects[types[random.Next(types.Count)]];
        return list.Count == 0 ? null : list[random.Next(list.Count)];
    }

    /// <summary>The objects of a type that a condition holds for.</summary>
    public IEnumerable<TItem> Where<TItem>(Func<TItem, bool> condition) => _objects.Where(pair => typeof(TItem).IsAssignableFrom(pair.Key)).SelectMany(pair => pair.Value).Cast<TItem>().Where(condition);

    private static bool IsKept(Type type) =>
        (type.Assembly == typeof(ILayer<>).Assembly || type.DeclaringType == typeof(FuzzTypes) || (type.BaseType is { IsGenericType: true } parent && string.Equals(parent.Namespace, typeof(Matrix<>).Namespace, StringComparison.Ordinal))
            || type.IsSubclassOf(typeof(Stream)))
        && !type.IsEnum;

    private void KeepIfSmall(Type type, object item)
    {
        if (IsSmall<float>(item) && IsSmall<double>(item)) Keep(type, item);
    }

    /// <summary>Calls may nest objects in one another, and each call is to be short.</summary>
    private static bool IsSmall<T>(object item)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => item switch
        {
            Sequence<T> sequence => (long)sequence.Features * sequence.Batch * sequence.Steps <= HostileValues.MostElements,
            ILayer<T> layer => layer.Parameters.Sum(parameter => (long)parameter.Count) <= MostParameters && Depth(layer) <= DeepestLayer,
            Parameter<T> parameter => parameter.Count <= MostParameters,
            Matrix<T> matrix => (long)matrix.RowCount * matrix.ColumnCount <= HostileValues.MostElements,
            _ => true,
        };

    private static int Depth<T>(ILayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => layer.Parts.Count == 0 ? 0 : 1 + layer.Parts.Max(part => Depth(part.Layer));

    private void Keep(Type type, object item)
    {
        if (!_objects.TryGetValue(type, out List<object>? list))
        {
            _objects.Add(type, list = []);
            foreach ((Type wanted, List<Type> types) in _assignable)
            {
                if (wanted.IsAssignableFrom(type)) types.Add(type);
            }
        }

        if (!type.IsValueType && list.Exists(one => ReferenceEquals(one, item))) return;
        if (list.Count < MostOfAType) list.Add(item);
        else list[random.Next(MostOfAType)] = item;
    }
}

file static class TypeExtensions
{
    public static Type GetElementTypeOrSelf(this Type type) => type.GetElementType() ?? type;
}
