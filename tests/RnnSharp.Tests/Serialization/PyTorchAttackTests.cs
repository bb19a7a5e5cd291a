using System.Text;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Serialization;
using Xunit;
using static RnnSharp.Tests.Serialization.Pickles;

namespace RnnSharp.Tests.Serialization;

/// <summary>Pickles that attack who loads them, or that lie about their tensors.</summary>
public sealed class PyTorchAttackTests
{
    private const string NotPart = "is not part of a state dictionary";

    public static TheoryData<string> Names => [.. Attacks.Keys];

    private static Dictionary<string, (byte[] Pickle, string Reason)> Attacks { get; } = new(StringComparer.Ordinal)
    {
        ["os.system"] = (Of(Global("os", "system"), Tuple(Word("id")), Code('R')), $"\"os.system\", which {NotPart}"),
        ["posix.system as a value"] = (Dictionary(Global("posix", "system")), $"\"posix.system\", which {NotPart}"),
        ["builtins.eval"] = (Dictionary(Global("builtins", "eval"), Tuple(Word("1")), Code('R')), $"\"builtins.eval\", which {NotPart}"),
        ["__builtin__.exec"] = (Dictionary(Global("__builtin__", "exec"), Tuple(Word("1")), Code('R')), NotPart),
        ["builtins.getattr"] = (Dictionary(Global("builtins", "getattr")), NotPart),
        ["subprocess.Popen"] = (Dictionary(Global("subprocess", "Popen")), NotPart),
        ["torch.load"] = (Dictionary(Global("torch", "load")), NotPart),
        ["torch.storage._load_from_bytes"] = (Dictionary(Global("torch.storage", "_load_from_bytes"), Tuple(Word("")), Code('R')), NotPart),
        ["a name with dots"] = (Dictionary(Global("torch", "_utils._rebuild_tensor_v2")), NotPart),
        ["a name behind a known module"] = (Dictionary(Global("collections", "OrderedDict.fromkeys")), NotPart),
        ["a module behind a known name"] = (Dictionary(Global("torch._utils", "os.system")), NotPart),
        ["an empty module"] = (Dictionary(Global("", "collections.OrderedDict")), NotPart),
        ["a class of the program"] = (Dictionary(Global("__main__", "Net")), NotPart),
        ["numpy's scalars"] = (Dictionary(Global("numpy.core.multiarray", "scalar")), NotPart),
        ["a call of what a call returned"] = (Dictionary(Empty, Code(')', 'R')), "calls something that is no function"),
        ["a call of a text"] = (Dictionary(Word("os.system"), Tuple(Word("id")), Code('R')), "calls something that is no function"),
        ["a call without a tuple"] = (Dictionary(Global("collections", "OrderedDict"), Code(']', 'R')), "calls something that is no function"),
        ["a call of a storage type"] = (Dictionary(Global("torch", "FloatStorage"), Tuple(Number(9)), Code('R')), "other arguments"),
        ["a dictionary from a list"] = (Dictionary(Global("collections", "OrderedDict"), Tuple(Code(']')), Code('R')), "other arguments"),
        ["a parameter of no tensor"] = (Dictionary(Global("torch._utils", "_rebuild_parameter"), Tuple(Word("x"), [0x88], Empty), Code('R')), "other arguments"),
        ["the state of a tensor"] = (Dictionary(Tensor(), Code('}'), Word("_metadata"), Code('}', 's', 'b')), "BUILD"),
        ["the class of a dictionary"] = (Dictionary(Empty, Code('}'), Word("__class__"), Global("torch", "Size"), Code('s', 'b')), "BUILD"),
        ["INST"] = (Of(Code('('), Word("id"), Encoding.ASCII.GetBytes("ios\nsystem\n")), "opcode INST"),
        ["OBJ"] = (Of(Code('('), Global("torch", "Size"), Code('o')), "opcode OBJ"),
        ["NEWOBJ"] = (Of(Global("torch", "Size"), [(byte)')', 0x81]), "opcode NEWOBJ"),
        ["NEWOBJ_EX"] = (Of(Global("torch", "Size"), [(byte)')', (byte)'}', 0x92]), "opcode NEWOBJ_EX"),
        ["STACK_GLOBAL"] = (Of(Word("os"), Word("system"), [0x93]), "opcode STACK_GLOBAL"),
        ["an extension"] = (Of([0x82, 1]), "opcode EXT1"),
        ["a persistent text"] = (Of(Encoding.ASCII.GetBytes("P/etc/passwd\n")), "opcode PERSID"),
        ["POP"] = (Of(Code('}', '}', '0')), "opcode POP"),
        ["DUP"] = (Of(Code('}', '2')), "opcode DUP"),
        ["MEMOIZE"] = (Of([(byte)'}', 0x94]), "opcode MEMOIZE"),
        ["an unknown opcode"] = (Of([0xFF]), "opcode FF"),
        ["protocol 4"] = ([0x80, 4, 0x95, 8, 0, 0, 0, 0, 0, 0, 0, .. Code('}', '.')], "protocol 2"),
        ["protocol 0"] = (Encoding.ASCII.GetBytes("cos\nsystem\n(S'id'\ntR."), "does not start"),
        ["an empty pickle"] = ([], "does not start"),
        ["no end"] = ([0x80, 2, (byte)'}'], "truncated"),
        ["bytes after the end"] = ([.. Dictionary(Tensor()), 0], "follows its end"),
        ["no value"] = (Of(), "0 values"),
        ["two values"] = (Of(Code('}', '}')), "2 values"),
        ["a mark as the value"] = (Of(Code('(')), "1 values"),
        ["a list as the value"] = (Of(Code(']')), "Expected a state dictionary"),
        ["a missing mark"] = (Of(Code('}', 't')), "mark"),
        ["a value taken across a mark"] = (Of(Code('}', '(', 's')), "value is missing"),
        ["a tuple across a mark"] = (Of(Code('}', '('), [0x85]), "value is missing"),
        ["a key without a value"] = (Of(Code('}', '('), Word("a"), Code('u')), "no value"),
        ["an item of a number"] = (Of(Number(1), Word("a"), Word("b"), Code('s')), "no container"),
        ["an item of a list by key"] = (Of(Code(']'), Word("a"), Word("b"), Code('s')), "no container"),
        ["a memo that is not there"] = (Of([(byte)'h', 3]), "memo 3"),
        ["a memo out of order"] = (Of([(byte)'}', (byte)'r', 255, 255, 255, 127]), "memo 0"),
        ["a memo of nothing"] = (Of([(byte)'q', 0]), "value is missing"),
        ["a text beyond the end"] = (Of([(byte)'X', 255, 255, 255, 255]), "truncated"),
        ["a text that is not Unicode"] = (Of([(byte)'X', 1, 0, 0, 0, 0xFF]), "Unicode"),
        ["a number of 2000 bits"] = (Of([0x8A, 250, .. new byte[250]]), "64 bits"),
        ["a name without an end"] = (Of([(byte)'c', .. new byte[300]]), "200 bytes"),
        ["a deep stack"] = (Of(Code([.. Enumerable.Repeat('(', 5000)])), "stack of more than 4096"),
        ["many dictionaries"] = (Of([.. Enumerable.Range(0, 20_000).Select(_ => Code('}', '\x85'))]), "more values than a file"),
        ["many tuples of each other"] = (Of([(byte)')'], [.. Enumerable.Range(0, 100_000).SelectMany(_ => new byte[] { 0x85, 0x85, 0x85, 0x85 })]), "more values than a file"),
        ["a storage elsewhere"] = (Dictionary(Tensor(Persistent("../../../etc/passwd"))), "no storage \"../../../etc/passwd\""),
        ["a storage that is missing"] = (Dictionary(Tensor(Persistent("1"))), "no storage \"1\""),
        ["a storage with more numbers"] = (Dictionary(Tensor(Persistent(count: 13))), "expected 52 for 13"),
        ["a storage with fewer numbers"] = (Dictionary(Tensor(Persistent(count: 11))), "expected 44 for 11"),
        ["a storage with a negative count"] = (Dictionary(Tensor(Persistent(count: -1))), "expected -4"),
        ["a storage with a huge count"] = (Dictionary(Tensor(Persistent(count: long.MaxValue))), "has 48 bytes"),
        ["a storage of another type"] = (Dictionary(Tensor(Persistent(type: "DoubleStorage"))), "expected 96"),
        ["a storage of an unknown type"] = (Dictionary(Tensor(Persistent(type: "QInt8Storage"))), NotPart),
        ["a persistent value that is no storage"] = (Dictionary(Tuple(Word("module"), Word("a"), Word("b"), Word("c"), Number(1)), Code('Q')), "another form"),
        ["a persistent text as id"] = (Dictionary(Word("0"), Code('Q')), "another form"),
        ["a shape beyond its storage"] = (Dictionary(Tensor(size: [5, 3])), "cannot hold"),
        ["an offset beyond its storage"] = (Dictionary(Tensor(offset: 7)), "leaves its storage"),
        ["a negative offset"] = (Dictionary(Tensor(offset: -1)), "leaves its storage"),
        ["a huge offset"] = (Dictionary(Tensor(offset: long.MaxValue)), "leaves its storage"),
        ["strides beyond its storage"] = (Dictionary(Tensor(strides: [10, 1])), "leaves its storage"),
        ["strides that overflow"] = (Dictionary(Tensor(strides: [long.MaxValue, long.MaxValue])), "leaves its storage"),
        ["a negative stride"] = (Dictionary(Tensor(strides: [3, -1])), "whole number of 0 or more"),
        ["a shape bomb of one number"] = (Dictionary(Tensor(size: [1_000_000_000, 1_000_000_000], strides: [0, 0])), "cannot hold"),
        ["a shape that overflows"] = (Dictionary(Tensor(size: [1L << 32, 1L << 32], strides: [0, 0])), "cannot hold"),
        ["a negative size"] = (Dictionary(Tensor(size: [-1, 3])), "whole number of 0 or more"),
        ["more dimensions than PyTorch has"] = (Dictionary(Tensor(size: [.. Enumerable.Repeat(1L, 65)], strides: [.. Enumerable.Repeat(1L, 65)])), "at most 64 dimensions, got 65"),
        ["more strides than sizes"] = (Dictionary(Tensor(strides: [3, 1, 1])), "other arguments"),
        ["hooks"] = (Dictionary(Global("torch._utils", "_rebuild_tensor_v2"), Tuple(Persistent(), Number(0), Numbers(2, 3), Numbers(3, 1), [0x89], [.. Code('}'), .. Number(1), .. Word("h"), .. Code('s')]), Code('R')), "other arguments"),
        ["two tensors of one name"] = (Of(Code('}'), Word("w"), Tensor(), Code('s'), Word("w"), Tensor(), Code('s')), "two tensors"),
        ["no tensors"] = (Of(Code('}')), "no tensors"),
        ["several dictionaries"] = (Of(Code('}'), Word("a"), Code('}'), Word("w"), Tensor(), Code('s', 's'), Word("b"), Code('}'), Word("w"), Tensor(), Code('s', 's')), "\"a\" with 1 tensors; \"b\" with 1 tensors"),
    };

    [Fact]
    public void Pickle_that_the_attacks_are_made_from_is_read()
    {
        using TensorSource file = PyTorchFile.Open(new MemoryStream(Archive(Dictionary(Tensor()))));
        file.Tensors.Select(tensor => tensor.ToString()).Should().Equal("w torch.float32 [2, 3]");
        file.ReadAll<float>(0).Should().Equal(0, 1, 2, 3, 4, 5);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Attack_is_refused(string name)
    {
        (byte[] pickle, string reason) = Attacks[name];
        byte[] file = Archive(pickle);
        FluentActions.Invoking(() => PyTorchFile.Open(new MemoryStream(file))).Should().Throw<InvalidDataException>().WithMessage($"*{reason}*").Which.Message.Length.Should().BeLessThan(1000);
        var target = new DenseLayer<float>(3, 2, seed: 1);
        string before = Models.Describe(target);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            PyTorchFile.Open(new MemoryStream(file));
        }
        catch (InvalidDataException)
        {
            (GC.GetAllocatedBytesForCurrentThread() - allocated).Should().BeLessThan((64 << 10) + 4L * file.Length);
        }

        Models.Describe(target).Should().Be(before);
    }

    [Fact]
    public void Views_that_span_a_storage_again_and_again_are_refused()
    {
        // Two numbers each, but all of the storage to read.
        byte[] storage = new byte[1 << 20];
        byte[] file = Views(5);
        FluentActions.Invoking(() => PyTorchFile.Open(new MemoryStream(file))).Should().Throw<InvalidDataException>().WithMessage($"*views span {5 << 20} bytes*");
        using TensorSource two = PyTorchFile.Open(new MemoryStream(Views(2)));
        two.ReadAll<float>(1).Should().Equal(0, 0);

        byte[] Views(int count) => ZipBytes.Of(("a/data.pkl", Of([Code('}', '('), .. Enumerable.Range(0, count).SelectMany(i => new[] { Word($"{i}.weight"), Tensor(Persistent(count: 1 << 18), size: [2], strides: [(1 << 18) - 1]) }), Code('u')])), ("a/data/0", storage), ("a/version", "3"u8.ToArray()));
    }

    [Fact]
    public void Many_views_of_one_storage_become_no_model()
    {
        byte[] many = Of([Code('}', '('), .. Enumerable.Range(0, 4).SelectMany(i => new[] { Word($"{i}.weight"), Tensor(size: [3, 4], strides: [4, 1]) }), Code('u')]);
        byte[] two = Of([Code('}', '('), .. Enumerable.Range(0, 2).SelectMany(i => new[] { Word($"{i}.weight"), i == 0 ? Tensor(size: [3, 4], strides: [4, 1]) : Tensor(size: [3, 4], strides: [1, 3]) }), Code('u')]);
        FluentActions.Invoking(() => Create(many)).Should().Throw<InvalidDataException>();
        using TensorSource file = PyTorchFile.Open(new MemoryStream(Archive(two)));
        file.ReadAll<float>(1).Should().Equal(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11);

        byte[] shared = Of([Code('}', '('), .. Enumerable.Range(0, 3).SelectMany(i => new[] { Word($"{i}.weight"), Tensor(size: [3, 3], strides: [3, 1]) }), Code('u')]);
        FluentActions.Invoking(() => Create(shared)).Should().Throw<InvalidDataException>().WithMessage("*share 48*");

        static void Create(byte[] pickle)
        {
            using TensorSource file = PyTorchFile.Open(new MemoryStream(Archive(pickle)));
            PyTorchFile.CreateModel<float>(file);
        }
    }
}
