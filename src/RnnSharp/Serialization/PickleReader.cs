using System.Buffers.Binary;
using System.Text;

namespace RnnSharp.Serialization;

/// <summary>
/// Reads the pickle of a PyTorch file that may be hostile (https://docs.python.org/3/library/pickletools.html). It understands only the
/// opcodes of protocol 2 that <c>torch.save</c> writes for dictionaries, lists, numbers, texts and tensors. Nothing is imported or called: the few
/// names that it knows become values of this class. What it allocates is bounded by the length of the file.
/// </summary>
internal sealed class PickleReader
{
    private const int DeepestStack = 4096;
    private const int LongestName = 200;
    private const int SpareBytes = 24 << 10;
    private const int ObjectBytes = 32;
    private const int ReferenceBytes = 8;

    private static readonly object Mark = new();
    private static readonly object[] SmallNumbers = [.. Enumerable.Range(0, 256).Select(value => (object)(long)value)];
    private static readonly object True = true;
    private static readonly object False = false;

    // The names of opcodes that are refused, for messages. Most of them create objects of any class.
    private static readonly Dictionary<byte, string> Refused = new()
    {
        [(byte)'i'] = "INST",
        [(byte)'o'] = "OBJ",
        [0x81] = "NEWOBJ",
        [0x82] = "EXT1",
        [0x83] = "EXT2",
        [0x84] = "EXT4",
        [0x92] = "NEWOBJ_EX",
        [0x93] = "STACK_GLOBAL",
        [0x94] = "MEMOIZE",
        [0x95] = "FRAME",
        [(byte)'P'] = "PERSID",
        [(byte)'0'] = "POP",
        [(byte)'1'] = "POP_MARK",
        [(byte)'2'] = "DUP",
        [(byte)'d'] = "DICT",
        [(byte)'l'] = "LIST",
        [(byte)'p'] = "PUT",
        [(byte)'g'] = "GET",
        [(byte)'U'] = "SHORT_BINSTRING",
        [(byte)'T'] = "BINSTRING",
    };

    private readonly byte[] _pickle;
    private readonly Func<PickleStorageType, string, long, PickleStorage> _storage;
    private readonly object?[] _stack;
    private readonly List<object?> _memo = [];
    private int _depth;
    private int _at;
    private long _budget;

    /// <summary>Takes a pickle.</summary>
    /// <param name="pickle">All of it.</param>
    /// <param name="fileBytes">The length of the file that it is from, to which memory is kept in proportion.</param>
    /// <param name="storage">Finds the storage with a type, a key and a number of elements.</param>
    public PickleReader(byte[] pickle, long fileBytes, Func<PickleStorageType, string, long, PickleStorage> storage)
    {
        _pickle = pickle;
        _storage = storage;
        _stack = new object?[Math.Min(DeepestStack, pickle.Length + 1)];
        _budget = 2 * fileBytes + SpareBytes;
    }

    /// <summary>Reads the value: null, a bool, a long, a double, a string, an object[] for a tuple, or one of the classes below.</summary>
    /// <exception cref="InvalidDataException">It is not valid, or has something else than torch.save writes for a state dictionary.</exception>
    public object? Read()
    {
        if (_pickle.Length < 2 || _pickle[0] != 0x80) throw Invalid("it does not start as one");
        if (_pickle[1] != 2) throw Invalid($"expected protocol 2, which torch.save uses by default, got {_pickle[1]}");
        _at = 2;
        while (true)
        {
            byte opcode = Next();
            if (opcode == (byte)'.') break;
            Run(opcode);
        }

        if (_at != _pickle.Length) throw Invalid("something follows its end");
        if (_depth != 1 || _stack[0] == Mark) throw Invalid($"it ends with {_depth} values");
        return _stack[0];
    }

    private void Run(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'(':
                Push(Mark);
                break;
            case (byte)'N':
                Push(null);
                break;
            case 0x88:
                Push(True);
                break;
            case 0x89:
                Push(False);
                break;
            case (byte)'K':
                Push(SmallNumbers[Next()]);
                break;
            case (byte)'M':
                PushNumber(BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                break;
            case (byte)'J':
                PushNumber(BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                break;
            case 0x8A:
                PushNumber(LongNumber());
                break;
            case (byte)'G':
                Charge(ObjectBytes);
                Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                break;
            case (byte)'X':
                Push(Text(Take(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))));
                break;
            case (byte)')':
                Push(Array.Empty<object?>());
                break;
            case (byte)']':
                Charge(ObjectBytes);
                Push(new PickleList());
                break;
            case (byte)'}':
                PushDictionary();
                break;
            case (byte)'t':
                Push(TakeToMark());
                break;
            case 0x85 or 0x86 or 0x87:
                Push(TakeTop(opcode - 0x84));
                break;
            case (byte)'a':
                object? item = Pop();
                Append<PickleList>().Add(item);
                break;
            case (byte)'e':
                object?[] items = TakeToMark();
                PickleList list = Append<PickleList>();
                foreach (object? each in items) list.Add(each);
                break;
            case (byte)'s':
                object? value = Pop();
                object? key = Pop();
                Append<PickleDictionary>().Add(key, value);
                break;
            case (byte)'u':
                object?[] pairs = TakeToMark();
                if (pairs.Length % 2 != 0) throw Invalid("a key has no value");
                PickleDictionary dictionary = Append<PickleDictionary>();
                for (int i = 0; i < pairs.Length; i += 2) dictionary.Add(pairs[i], pairs[i + 1]);
                break;
            case (byte)'q':
                Memoize(Next());
                break;
            case (byte)'r':
                Memoize(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)));
                break;
            case (byte)'h':
                Recall(Next());
                break;
            case (byte)'j':
                Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)));
                break;
            case (byte)'c':
                Push(Global());
                break;
            case (byte)'R':
                object? arguments = Pop();
                Push(Call(Pop(), arguments));
                break;
            case (byte)'b':
                Build(Pop());
                break;
            case (byte)'Q':
                Push(Persistent(Pop()));
                break;
            default:
                throw Invalid($"the opcode {Refused.GetValueOrDefault(opcode, $"{opcode:X2}")} at {_at - 1} is none that torch.save writes for a state dictionary");
        }
    }

    private byte Next() => _at < _pickle.Length ? _pickle[_at++] : throw Invalid("it is truncated");

    private ReadOnlySpan<byte> Take(uint count)
    {
        if (count > _pickle.Length - _at) throw Invalid("it is truncated");
        ReadOnlySpan<byte> taken = _pickle.AsSpan(_at, (int)count);
        _at += (int)count;
        return taken;
    }

    private void Charge(long bytes)
    {
        _budget -= bytes;
        if (_budget < 0) throw Invalid("it has more values than a file of its length can need");
    }

    private void Push(object? value)
    {
        if (_depth == _stack.Length) throw Invalid($"it needs a stack of more than {DeepestStack} values");
        _stack[_depth++] = value;
    }

    private object? Pop() => _depth > 0 && _stack[_depth - 1] != Mark ? _stack[--_depth] : throw Invalid("a value is missing");

    private void PushNumber(long value)
    {
        if (value is >= 0 and < 256)
        {
            Push(SmallNumbers[value]);
            return;
        }

        Charge(ObjectBytes);
        Push(value);
    }

    private void PushDictionary()
    {
        Charge(ObjectBytes);
        Push(new PickleDictionary());
    }

    private long LongNumber()
    {
        ReadOnlySpan<byte> digits = Take(Next());
        if (digits.Length > sizeof(long)) throw Invalid("a number has more than 64 bits");
        long value = digits.Length > 0 && (sbyte)digits[^1] < 0 ? -1 : 0;
        for (int i = digits.Length - 1; i >= 0; i--) value = value << 8 | digits[i];
        return value;
    }

    private string Text(ReadOnlySpan<byte> utf8)
    {
        Charge(ObjectBytes + 2L * utf8.Length);
        try
        {
            return SavedNames.StrictUtf8.GetString(utf8);
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException("PyTorch's pickle is damaged or not supported: a text is not valid Unicode.", exception);
        }
    }

    private object?[] TakeToMark()
    {
        int mark = _depth - 1;
        while (mark >= 0 && _stack[mark] != Mark) mark--;
        if (mark < 0) throw Invalid("a mark is missing");
        object?[] taken = TakeTop(_depth - 1 - mark);
        _depth--;
        return taken;
    }

    private object?[] TakeTop(int count)
    {
        if (count > _depth || _stack.AsSpan(_depth - count, count).Contains(Mark)) throw Invalid("a value is missing");
        Charge(ObjectBytes + (long)ReferenceBytes * count);
        object?[] taken = _stack[(_depth - count).._depth];
        _depth -= count;
        return taken;
    }

    /// <summary>The container on top of the stack, which stays there and gets more contents.</summary>
    private TContainer Append<TContainer>()
        where TContainer : class
    {
        // Lists double when they grow, and an entry of a dictionary has two references.
        Charge(4 * ReferenceBytes);
        return _depth > 0 && _stack[_depth - 1] is TContainer container ? container : throw Invalid("something is added to a value that is no container for it");
    }

    private void Memoize(uint index)
    {
        if (_depth == 0 || _stack[_depth - 1] == Mark) throw Invalid("a value is missing");
        if (index != _memo.Count) throw Invalid($"expected the memo {_memo.Count}, got {index}");
        Charge(2 * ReferenceBytes);
        _memo.Add(_stack[_depth - 1]);
    }

    private void Recall(uint index) => Push(index < _memo.Count ? _memo[(int)index] : throw Invalid($"the memo {index} does not exist"));

    private object Global()
    {
        string module = Line(), name = Line();
        if (PickleGlobal.Find(module, name) is { } known) return known;
        throw new InvalidDataException($"PyTorch's pickle refers to {ErrorText.Quote($"{module}.{name}")}, which is not part of a state dictionary and could run code. Save the weights alone: torch.save(model.state_dict(), path).");
    }

    private string Line()
    {
        ReadOnlySpan<byte> rest = _pickle.AsSpan(_at, Math.Min(LongestName + 1, _pickle.Length - _at));
        int length = rest.IndexOf((byte)'\n');
        if (length < 0) throw Invalid($"a name is truncated or has more than {LongestName} bytes");
        _at += length + 1;
        return Text(rest[..length]);
    }

    private object? Call(object? function, object? arguments)
    {
        if (function is not PickleGlobal global || arguments is not object?[] values) throw Invalid("it calls something that is no function of PyTorch");
        switch (global.Role)
        {
            case PickleRole.OrderedDictionary when values.Length == 0:
                Charge(ObjectBytes);
                return new PickleDictionary();
            case PickleRole.Size when values is [object?[] size]:
                return size;
            case PickleRole.Device when values is [string device, ..]:
                return device;
            case PickleRole.RebuildTensor:
                return Tensor(values);
            case PickleRole.RebuildParameter when values is [PickleTensor tensor, bool, PickleDictionary]:
                return tensor;
            default:
                throw Invalid($"it calls {global.Name} with other arguments than PyTorch does");
        }
    }

    /// <summary>Takes the arguments of _rebuild_tensor_v2: storage, offset, size, strides, requires_grad, hooks, and metadata in later versions.</summary>
    private PickleTensor Tensor(object?[] values)
    {
        if (values.Length is < 6 or > 7 || values[0] is not PickleStorage storage || values[1] is not long offset || values[2] is not object?[] size || values[3] is not object?[] strides || values[4] is not bool || values[5] is not PickleDictionary { IsEmpty: true } || size.Length != strides.Length)
            throw Invalid("it rebuilds a tensor from other arguments than PyTorch does");
        Charge(3 * ObjectBytes + 2L * sizeof(long) * size.Length);
        return new PickleTensor(storage, offset, Numbers(size), Numbers(strides));
    }

    private static long[] Numbers(object?[] values) =>
        Array.ConvertAll(values, static value => value is long number and >= 0 ? number : throw Invalid("a tensor has a size or a stride that is no whole number of 0 or more"));

    private PickleStorage Persistent(object? id)
    {
        if (id is not object?[] { Length: 5 } parts || parts[0] is not "storage" || parts[1] is not PickleGlobal { Role: PickleRole.Storage } global || parts[2] is not string key || parts[3] is not string || parts[4] is not long count)
            throw Invalid("a storage has another form than PyTorch writes");
        Charge(2 * ObjectBytes);
        return _storage(global.Storage, key, count);
    }

    /// <summary>The only state of an object that torch.save writes: the versions of the modules, which a state dictionary carries as an attribute.</summary>
    private void Build(object? state)
    {
        if (_depth == 0 || _stack[_depth - 1] is not PickleDictionary || state is not PickleDictionary { Count: 1 } attributes || attributes.Keys.Single() is not "_metadata")
            throw Invalid("the opcode BUILD sets the state of an object that is no state dictionary");
    }

    private static InvalidDataException Invalid(string problem) => new($"PyTorch's pickle is damaged or not supported: {problem}.");
}
