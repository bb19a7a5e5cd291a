using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Serialization;

/// <summary>An attention layer: its sizes and the kind of its score.</summary>
internal sealed class AttentionFormat() : LayerFormat("attention")
{
    private const string Query = "query";
    private const string Memory = "memory";
    private const string Steps = "memory_steps";
    private const string Score = "score";
    private const string Units = "units";
    private const string Heads = "heads";
    private const string ContextOnly = "context_only";

    // In the order of AttentionScore.
    private static readonly string[] Scores = ["dot", "general", "additive", "multi_head"];

    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        layer is AttentionLayer<T> attention ? new Description(attention.InputSize, attention.MemorySize, attention.MemorySteps, attention.Options) : null;

    protected internal override LayerDescription Read(LayerFields fields)
    {
        int query = fields.Size(Query), memory = fields.Size(Memory), steps = fields.Size(Steps);
        var score = (AttentionScore)fields.Choice(Score, Scores);
        bool isProjected = score is AttentionScore.Additive or AttentionScore.MultiHead;
        var options = new AttentionOptions { Score = score, Units = isProjected ? fields.Size(Units) : null, Heads = score == AttentionScore.MultiHead ? fields.Size(Heads) : 1, ContextOnly = fields.OptionalFlag(ContextOnly) };
        if (score == AttentionScore.Dot && query != memory) throw fields.Invalid($"a query of {query} features cannot be multiplied by a memory of {memory}.");
        if (isProjected && options.Units % options.Heads != 0) throw fields.Invalid($"{options.Heads} heads do not divide {options.Units} units.");
        if ((long)memory * steps > Array.MaxLength || (long)query + memory + (options.Units ?? 0) > Array.MaxLength) throw fields.Invalid("the memory is too large.");
        return new Description(query, memory, steps, options);
    }

    private sealed class Description(int query, int memory, int steps, AttentionOptions options)
        : LayerDescription(query, (options.ContextOnly ? 0 : query) + (options.Score == AttentionScore.MultiHead ? UnitsOf(options, memory) : memory))
    {
        protected internal override void Write(Utf8JsonWriter writer)
        {
            writer.WriteNumber(Query, InputSize);
            writer.WriteNumber(Memory, memory);
            writer.WriteNumber(Steps, steps);
            writer.WriteString(Score, Scores[(int)options.Score]);
            if (options.Score is AttentionScore.Additive or AttentionScore.MultiHead) writer.WriteNumber(Units, UnitsOf(options, memory));
            if (options.Score == AttentionScore.MultiHead) writer.WriteNumber(Heads, options.Heads);
            writer.WriteOption(ContextOnly, options.ContextOnly);
        }

        protected internal override IEnumerable<TensorLayout> Tensors()
        {
            if (options.Score == AttentionScore.Dot) return [];
            int units = UnitsOf(options, memory);
            IEnumerable<TensorLayout> queries = Affine("query", units, InputSize);
            return options.Score switch
            {
                AttentionScore.General => queries,
                AttentionScore.Additive => [.. queries, .. Affine("key", units, memory), new TensorLayout("score", units)],
                _ => [.. queries, .. Affine("key", units, memory), .. Affine("value", units, memory), .. Affine("output", units, units)],
            };
        }

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => new AttentionLayer<T>(InputSize, memory, steps, seed: 0, options);

        private static IEnumerable<TensorLayout> Affine(string name, int outputs, int inputs) => [new TensorLayout($"{name}.weight", outputs, inputs), new TensorLayout($"{name}.bias", outputs)];
    }

    private static int UnitsOf(AttentionOptions options, int memory) => options.Units ?? memory;
}
