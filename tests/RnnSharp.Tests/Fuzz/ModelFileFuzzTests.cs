using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Quantization;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Tests.Catalogue;
using RnnSharp.Tests.Serialization;
using Xunit;
using Xunit.Abstractions;

namespace RnnSharp.Tests.Fuzz;

/// <summary>
/// Model files with random changes are refused with an <see cref="InvalidDataException"/>, or load as models that work, and take little
/// memory either way. RNNSHARP_EXHAUSTIVE=1 tries 5 million instead of 100,000.
/// </summary>
public sealed class ModelFileFuzzTests(ITestOutputHelper output)
{
    private const int DefaultFiles = 100_000;
    private const int ExhaustiveFiles = 5_000_000;
    private const int MostFailures = 20;
    private const int LargestFile = 8000;
    private const long SpareBytes = 64 << 10;
    private const int LargestInput = 1000;

    private readonly List<string> _failures = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private long _loaded;
    private long _mostBytes;

    [Fact]
    public void Changed_model_files_are_refused_or_load_as_models_that_work()
    {
        Original[] all = [.. LayerCatalogue<float>.Rows.Select(Original.Of), .. LayerCatalogue<double>.Rows.Select(Original.Of), .. QuantizedOriginal.All()];

        // Changes in a large file are mostly changes of its numbers.
        Original[] originals = Array.FindAll(all, original => original.File.Length <= LargestFile);
        originals.Select(original => original.Layer).Distinct().Should().BeEquivalentTo(all.Select(original => original.Layer).Distinct());
        for (int round = 0; round < 2; round++)
        {
            // What the first calls allocate belongs to no file.
            foreach (Original original in originals)
            {
                Try(original, original.File, isChanged: false, isSealed: true, new Random(0), -1);
                Try(original, original.File[..^1], isChanged: true, isSealed: false, new Random(0), -1);
            }

            _failures.Clear();
            _seen.Clear();
        }

        int files = FuzzSettings.Runs(DefaultFiles, ExhaustiveFiles);
        for (int i = 0; i < files && _failures.Count < MostFailures; i++)
        {
            var random = new Random(i);
            Original original = originals[random.Next(originals.Length)];
            byte[] file = new ModelFileMutator(random).Mutate(original.File, out bool isSealed);

            // A second try tells what a file takes from what a pool that was emptied meanwhile takes once more.
            int state = random.Next();
            for (int attempt = 0; attempt < 2; attempt++)
            {
                if (Try(original, file, !file.AsSpan().SequenceEqual(original.File), isSealed, new Random(state), i, attempt == 0)) break;
            }
        }

        output.WriteLine($"{files} files, {_loaded} loaded, at most {_mostBytes} bytes above four times a file's size");
        _failures.Should().BeEmpty();
    }

    private bool Try(Original original, byte[] file, bool isChanged, bool isSealed, Random random, int seed, bool isFirst = false)
    {
        bool into = random.Next(4) == 0;
        Stream stream = random.Next(8) == 0 ? new OneWayStream(new MemoryStream(file)) : new MemoryStream(file);
        object? model = null;
        string? refusal = null;
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            model = original.Load(stream, into, random.Next(4) == 0);
        }
        catch (InvalidDataException exception)
        {
            refusal = exception.Message;
        }
        catch (Exception exception)
        {
            Fail(seed, original, $"{exception.GetType().Name}: {exception.Message}", exception);
            return true;
        }

        long bytes = GC.GetAllocatedBytesForCurrentThread() - before - 4 * file.Length;
        if (model is not null)
        {
            _loaded++;
            if (isChanged && !isSealed && !into) Fail(seed, original, "loaded, although its checksum is wrong");
            before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                original.Use(model);
            }
            catch (Exception exception)
            {
                Fail(seed, original, $"the model does not work: {exception.GetType().Name}: {exception.Message}", exception);
            }

            bytes -= original.BytesOf(model);
        }

        if (bytes > SpareBytes && isFirst) return false;
        _mostBytes = Math.Max(_mostBytes, bytes);
        if (bytes > SpareBytes) Fail(seed, original, $"{(into ? "LoadInto" : "Load")} of {file.Length} bytes allocated {bytes} more than four times as many: {refusal ?? "loaded"}");
        return true;
    }

    private void Fail(int seed, Original original, string problem, Exception? exception = null)
    {
        string where = exception?.StackTrace?.Split('\n')[0].Trim() ?? "";
        string kind = exception is null ? problem[..6] : exception.GetType().Name + where;
        if (_seen.Add(kind)) _failures.Add($"file {seed}, made from {original.Name}: {problem} {where}");
    }

    /// <summary>A good file, and what is done with those that are made from it.</summary>
    private abstract class Original(string name, byte[] file)
    {
        public string Name { get; } = name;

        /// <summary>The layer without its options: "lstm" of "lstm, peepholes of Single".</summary>
        public string Layer => Name.Split(',', ' ')[0];

        public byte[] File { get; } = file;

        public static Original Of<T>(LayerRow<T> row)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Layer<T> model = row.Create(3, 4);
            return new Of<T>($"{row.Name} of {typeof(T).Name}", ModelBytes.Save(model, new ModelSaveOptions { Formats = LayerCatalogue<T>.Formats }), model);
        }

        /// <summary>Loads a file as a model of its own or into one that is there.</summary>
        public abstract object Load(Stream stream, bool into, bool asOtherType);

        /// <summary>Runs a loaded model.</summary>
        public abstract void Use(object model);

        /// <summary>What it takes to make the model.</summary>
        public abstract long BytesOf(object model);
    }

    /// <summary>A quantized model. It refuses LoadInto, and only float loads it.</summary>
    private sealed class QuantizedOriginal(string name, byte[] file) : Original(name, file)
    {
        public static IEnumerable<Original> All()
        {
            ILayer<float> model = new LayerStack<float>(new EmbeddingLayer<float>(3, 4, seed: 1), new LstmLayer<float>(4, 3, 1, new() { Peepholes = true, ProjectionSize = 2 }), new GruLayer<float>(2, 2, 2), new RnnLayer<float>(2, 2, 3), new DenseLayer<float>(2, 3, 4));
            return Enum.GetValues<QuantizedType>().Select(type => new QuantizedOriginal($"quantized, {type}", ModelBytes.Save(model.Quantize(new QuantizationOptions { Type = type }))));
        }

        public override object Load(Stream stream, bool into, bool asOtherType) => asOtherType ? ModelFile.Load<double>(stream).Model : ModelFile.Load<float>(stream).Model;

        public override void Use(object model)
        {
            var layer = (ILayer<float>)model;
            layer.Predict(Layer<float>.AcceptsFeatures(layer) ? Models.InputOf(layer, batch: 2, seed: 1) : Sequence<float>.FromTokens([[0, 0], [0]], layer.InputSize));
        }

        public override long BytesOf(object model)
        {
            byte[] copy = ModelBytes.Save((ILayer<float>)model);
            long before = GC.GetAllocatedBytesForCurrentThread();
            ModelBytes.Load<float>(copy);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private sealed class Of<T>(string name, byte[] file, ILayer<T> target) : Original(name, file)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private static readonly ModelLoadOptions Loading = new() { Formats = LayerCatalogue<T>.Formats };
        private static readonly ModelLoadIntoOptions LoadingInto = new() { Formats = LayerCatalogue<T>.Formats };

        public override object Load(Stream stream, bool into, bool asOtherType)
        {
            if (into)
            {
                ModelFile.LoadInto(target, stream, LoadingInto);
                return target;
            }

            return asOtherType ? typeof(T) == typeof(float) ? ModelFile.Load<double>(stream, Loading).Model : ModelFile.Load<float>(stream, Loading).Model : ModelFile.Load<T>(stream, Loading).Model;
        }

        public override void Use(object model)
        {
            if (model is ILayer<float> single) Predict(single);
            else Predict((ILayer<double>)model);
        }

        public override long BytesOf(object model) => model is ILayer<float> single ? Copy(single) : Copy((ILayer<double>)model);

        private static void Predict<TElement>(ILayer<TElement> model)
            where TElement : unmanaged, IBinaryFloatingPointIeee754<TElement>
        {
            if (model.InputSize > LargestInput || model.OutputSize > LargestInput) return;
            Sequence<TElement> output = model.Predict(Models.InputOf(model, batch: 2, seed: 1));
            if (output.Features != model.OutputSize || output.Batch != 2) throw new InvalidOperationException($"An output of {output.Features} x {output.Batch}.");
        }

        private static long Copy<TElement>(ILayer<TElement> model)
            where TElement : unmanaged, IBinaryFloatingPointIeee754<TElement>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            ModelConverter.Convert<TElement, TElement>(model, LayerCatalogue<T>.Formats);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
