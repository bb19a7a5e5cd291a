using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;
using Aspects = System.Collections.Generic.OrderedDictionary<string, string>;

namespace RnnSharp.Tests.Baseline;

/// <summary>
/// Results to the last bit, as hashes. Regenerated only when a result changes on purpose: set RNNSHARP_WRITE_BASELINE to 1, or to a path,
/// to write them. Each width of vectors rounds in its own way and has its own section; the switches of <c>.ci/run</c> give the narrower ones. At 128 bits an x64 processor does not fuse products and sums.
/// </summary>
public sealed class BaselineTests
{
    private const string WriteVariable = "RNNSHARP_WRITE_BASELINE";
    private static readonly string[] Widths = ["512", "256", "128", "0"];
    private static readonly string CommittedPath = RepositoryRoot.PathOf("tests/RnnSharp.Tests/Baseline/baseline.json");
    private static readonly string Width = Compute.VectorBits.ToString(CultureInfo.InvariantCulture);
    private static readonly OrderedDictionary<string, Func<Aspects>> Entries = Catalogue();
    private static readonly Lazy<JsonObject> Expected = new(ReadOrWrite);

    public static TheoryData<string> Names => [.. Entries.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_bit_equals_the_committed_baseline(string name)
    {
        JsonObject? section = Expected.Value[Width] as JsonObject;
        section.Should().NotBeNull("baseline.json has to have a section for vectors of {0} bits; a missing one must be generated", Width);
        JsonObject? expected = section![name] as JsonObject;
        expected.Should().NotBeNull("baseline.json has to know {0} at {1} bits", name, Width);
        Aspects actual = Entries[name]();
        actual.Keys.Should().Equal(expected!.Select(aspect => aspect.Key), "those are the aspects of {0}", name);
        string[] differing = [.. actual.Where(aspect => !string.Equals(aspect.Value, (string?)expected![aspect.Key], StringComparison.Ordinal)).Select(aspect => aspect.Key)];
        differing.Should().BeEmpty("at {0} bits each of these aspects of {1} has other bits than before", Width, name);
    }

    [Fact]
    public void The_file_has_every_model_at_each_of_its_widths_and_no_other()
    {
        Entries.Count.Should().BeGreaterThan(64);
        if (Environment.GetEnvironmentVariable(WriteVariable) is not null) return; // other widths may not be written yet
        string[] sections = [.. Expected.Value.Select(section => section.Key)];
        sections.Should().Equal(Widths);
        foreach (string width in sections) Expected.Value[width]!.AsObject().Select(entry => entry.Key).Should().Equal(Entries.Keys, "those are the models, at {0} bits", width);
    }

    [Fact]
    public void One_changed_bit_changes_the_hash()
    {
        float[] values = [1, 2, 3], changed = [1, 2, MathF.BitIncrement(3)];
        new BitHash().Add<float>(changed).ToString().Should().NotBe(new BitHash().Add<float>(values).ToString());
    }

    private static OrderedDictionary<string, Func<Aspects>> Catalogue()
    {
        var entries = new OrderedDictionary<string, Func<Aspects>>(StringComparer.Ordinal);
        for (int i = 0; i < BaselineModels<float>.All.Length; i++)
        {
            Add(BaselineModels<float>.All[i]);
            Add(BaselineModels<double>.All[i]);
        }

        AddRuns<float>();
        AddRuns<double>();
        entries.Add("numpy's generator", BaselineRuns<double>.NumpyGenerator);
        return entries;

        void Add<T>(BaselineModel<T> model)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => entries.Add(Named<T>(model.Name), () => AspectsOf(model));

        void AddRuns<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            foreach ((string name, Func<Aspects> run) in BaselineRuns<T>.All) entries.Add(Named<T>(name), run);
        }

        static string Named<T>(string name) => $"{name}, {(typeof(T) == typeof(float) ? "float" : "double")}";
    }

    private static Aspects AspectsOf<T>(BaselineModel<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ILayer<T> layer = model.Create();
        var aspects = new Aspects(StringComparer.Ordinal) { ["parameters"] = BitHash.OfParameters(layer) };
        Stir(layer);

        BaselineInput shape = model.Input;
        int batch = shape.Batch;
        Sequence<T> x = Input<T>(layer.InputSize, batch, shape.Steps, shape.Ragged, shape.Tokens, seed: 1);
        Sequence<T>? source = shape.SourceSteps > 0 ? Input<T>(BaselineModels<T>.SourceSize(layer), batch, shape.SourceSteps, shape.Ragged, tokens: false, seed: 2) : null;
        State<T> initial = StateOf(layer, batch, seed: 3), finalGradient = StateOf(layer, batch, seed: 4);

        // Forward sets the number of the masks itself: that of a new pass is none of the results.
        ForwardPass<T> pass = layer.CreatePass();
        pass.Draw = shape.Draw;
        pass = BaselineModels<T>.Forward(layer, source, x, initial, pass);
        aspects["output"] = new BitHash().Add(pass.Output).ToString();
        aspects["final_state"] = new BitHash().Add(pass.FinalState).ToString();
        var dy = new Sequence<T>(layer.OutputSize, batch, pass.Output.Steps);
        new Numbers(5).Fill(dy.Values);
        Gradients<T> gradients = BaselineModels<T>.Backward(layer, pass, dy, finalGradient);
        aspects["gradients"] = HashOf(gradients, source is not null);

        // The same pass and gradients once more, with other masks where there are any, and added to what is there.
        pass.Draw = shape.Draw + 3;
        pass = BaselineModels<T>.Forward(layer, source, x, initial, pass);
        gradients = BaselineModels<T>.Backward(layer, pass, dy, finalGradient, gradients);
        aspects["used_again"] = new BitHash().Add(pass.Output).Add(pass.FinalState).Add(HashOf(gradients, source is not null)).ToString();

        State<T> state = initial.Clone();
        aspects["predict"] = new BitHash().Add(BaselineModels<T>.Predict(layer, source, x, state)).Add(state).ToString();
        if (BaselineModels<T>.Streams(layer)) aspects["step"] = Steps(layer, source, x, initial);
        if (model.IsSaved) aspects["tensors"] = BitHash.OfTensors(layer);
        return aspects;
    }

    /// <summary>Three steps of the input; layers that take both get tokens after features and features after tokens.</summary>
    private static string Steps<T>(ILayer<T> layer, Sequence<T>? source, Sequence<T> x, State<T> initial)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Count = 3;
        int batch = x.Batch;
        var hash = new BitHash();
        State<T> state = initial.Clone();
        if (source is not null) BaselineModels<T>.Encode(layer, source, state);
        var y = new T[layer.OutputSize * batch];
        bool takesBoth = layer is RecurrentLayer<T> or DenseLayer<T>;
        foreach (bool tokens in (bool[])(takesBoth ? [x.IsTokens, !x.IsTokens] : [x.IsTokens]))
        {
            Sequence<T> input = tokens == x.IsTokens ? x : Input<T>(layer.InputSize, batch, Count, ragged: false, tokens, seed: 6);
            for (int t = 0; t < Count; t++)
            {
                if (tokens) BaselineModels<T>.StepTokens(layer, input.Tokens.Slice(t * batch, batch), state, y);
                else BaselineModels<T>.Step(layer, input.Step(t), state, y);
                hash.Add<T>(y);
            }
        }

        return hash.Add(state).ToString();
    }

    private static string HashOf<T>(Gradients<T> gradients, bool hasSource)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var hash = new BitHash();
        foreach (int p in Enumerable.Range(0, gradients.Names.Count).OrderBy(p => gradients.Names[p], StringComparer.Ordinal)) hash.Add(gradients.Names[p]).Add<T>(gradients.Values(p));
        if (gradients.Input is { } input) hash.Add(input);
        if (hasSource) hash.Add(BaselineModels<T>.SourceGradient(gradients)!);
        return hash.Add(gradients.InitialState).ToString();
    }

    /// <summary>Gives parameters that begin as one constant numbers of their own: a gain of 1 would hide that it is left out.</summary>
    private static void Stir<T>(ILayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var numbers = new Numbers(7);
        foreach (Parameter<T> parameter in layer.Parameters)
        {
            var values = new T[parameter.Count];
            numbers.Fill<T>(values);
            if (parameter.Count > 1 && !parameter.Values.ContainsAnyExcept(parameter.Values[0])) parameter.Set(values);
        }
    }

    internal static Sequence<T> Input<T>(int features, int batch, int steps, bool ragged, bool tokens, ulong seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var numbers = new Numbers(seed);
        Sequence<T> x = tokens ? Sequence<T>.ForTokens(features, batch, steps) : new(features, batch, steps);
        if (tokens)
        {
            for (int i = 0; i < batch * steps; i++) x.SetToken(i % batch, i / batch, numbers.Below(features));
        }
        else
        {
            numbers.Fill(x.Values);
        }

        if (ragged) x.SetLengths([steps, .. Enumerable.Range(1, batch - 1).Select(_ => numbers.Below(steps + 1))]);
        return x;
    }

    private static State<T> StateOf<T>(ILayer<T> layer, int batch, ulong seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var numbers = new Numbers(seed);
        State<T> state = layer.CreateState(batch);
        foreach (StateLeaf<T> leaf in state.Leaves) numbers.Fill(leaf.Values);
        return state;
    }

    private static JsonObject ReadOrWrite()
    {
        string? variable = Environment.GetEnvironmentVariable(WriteVariable);
        string path = variable is null or "1" ? CommittedPath : variable;
        JsonObject file = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))!.AsObject() : [];
        if (variable is null) return file;
        file[Width] = new JsonObject(Entries.Select(entry => KeyValuePair.Create(entry.Key, JsonSerializer.SerializeToNode(entry.Value()))));
        IEnumerable<string> sections = Widths.Where(file.ContainsKey).Select(width =>
            $"  \"{width}\": {{\n{string.Join(",\n", file[width]!.AsObject().Select(entry => $"    {JsonSerializer.Serialize(entry.Key)}: {entry.Value!.ToJsonString()}"))}\n  }}");
        File.WriteAllText(path, $"{{\n{string.Join(",\n", sections)}\n}}\n");
        return file;
    }
}

/// <summary>Pseudo-random numbers (SplitMix64) that need none of the library's code and no rounding, float or double.</summary>
internal sealed class Numbers(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A multiple of 1/1024 from -1 to below 1.</summary>
    public double Next() => ((int)(Draw() >> 53) - 1024) / 1024.0;

    public int Below(int limit) => (int)(Draw() % (ulong)limit);

    public void Fill<T>(Span<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < values.Length; i++) values[i] = T.CreateChecked(Next());
    }

    private ulong Draw()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

/// <summary>SHA-256 of numbers' bits. Each group of numbers comes after its length, so that none can pass for another.</summary>
internal sealed class BitHash
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public BitHash Add<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        _hash.AppendData(BitConverter.GetBytes(values.Length));
        _hash.AppendData(MemoryMarshal.AsBytes(values));
        return this;
    }

    public BitHash Add(string text) => Add<byte>(Encoding.UTF8.GetBytes(text));

    /// <summary>A sequence with its padding, which is zero.</summary>
    public BitHash Add<T>(Sequence<T> sequence)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Add<int>([sequence.Features, sequence.Batch, sequence.Steps]).Add(sequence.Lengths).Add<T>(sequence.Values);

    public BitHash Add<T>(State<T> state)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (StateLeaf<T> leaf in state.Leaves) Add<T>(leaf.Values);
        return this;
    }

    public static string OfParameters<T>(ILayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var hash = new BitHash();
        foreach ((string name, Parameter<T> parameter) in layer.ParameterNames.Zip(layer.Parameters).OrderBy(pair => pair.First, StringComparer.Ordinal))
            hash.Add(name).Add<int>([parameter.Rows, parameter.Columns]).Add(parameter.Values);
        return hash.ToString();
    }

    /// <summary>The tensors of the model's file. Its metadata, which say what the model consists of, are no result.</summary>
    public static string OfTensors<T>(ILayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var stream = new MemoryStream();
        ModelFile.Save(layer, stream);
        byte[] file = stream.ToArray();
        int header = checked((int)BitConverter.ToInt64(file)), data = sizeof(long) + header;
        var hash = new BitHash();
        using JsonDocument tensors = JsonDocument.Parse(file.AsMemory(sizeof(long), header));
        foreach (JsonProperty tensor in tensors.RootElement.EnumerateObject().Where(tensor => !tensor.NameEquals("__metadata__")).OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            int[] shape = tensor.Value.GetProperty("shape").Deserialize<int[]>()!, offsets = tensor.Value.GetProperty("data_offsets").Deserialize<int[]>()!;
            hash.Add(tensor.Name).Add<int>(shape).Add<byte>(file.AsSpan((data + offsets[0])..(data + offsets[1])));
        }

        return hash.ToString();
    }

    public override string ToString() => Convert.ToHexStringLower(_hash.GetCurrentHash().AsSpan(0, 8));
}
