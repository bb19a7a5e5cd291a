using System.Text.Json;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>A layer in the configuration of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ClassName">Its class.</param>
/// <param name="Config">Its options.</param>
/// <param name="Built">The shape of the input that Keras 3 built it for; null if that is not stated.</param>
internal readonly record struct KerasNode(string Name, string ClassName, KerasJson Config, KerasJson? Built);

/// <summary>Reads the layers of a Sequential or Functional model in their order; a model in which they do not form one chain is refused.</summary>
internal static class KerasGraph
{
    /// <param name="model">The model: class_name and config.</param>
    /// <param name="limits">The number of layers.</param>
    public static IEnumerable<KerasNode> Read(KerasJson model, ModelLimits limits)
    {
        string className = model.Get("class_name").Text();
        KerasJson config = model.Get("config");
        return className switch
        {
            "Sequential" => Sequential(config, limits),
            "Functional" or "Model" => Functional(config, limits),
            _ => throw new InvalidDataException($"The model is of the class {ErrorText.Quote(className)}: expected Sequential or Functional."),
        };
    }

    private static IEnumerable<KerasNode> Sequential(KerasJson config, ModelLimits limits)
    {
        // Old versions have a list instead of an object.
        KerasJson layers = config.Kind == JsonTokenType.StartArray ? config : config.Get("layers");
        return layers.Items(limits.Layers).Select(Node);
    }

    private static List<KerasNode> Functional(KerasJson config, ModelLimits limits)
    {
        var byName = new Dictionary<string, KerasNode>(StringComparer.Ordinal);
        var following = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (KerasJson layer in config.Get("layers").Items(limits.Layers))
        {
            KerasNode node = Node(layer) with { Name = layer.Get("name").Text() };
            if (!byName.TryAdd(node.Name, node)) throw new InvalidDataException($"The model has two layers called {ErrorText.Quote(node.Name)}.");
            if (Inbound(layer.Get("inbound_nodes"), node) is { } before && !following.TryAdd(before, node.Name))
                throw new InvalidDataException($"The output of the layer {ErrorText.Quote(before)} enters both {ErrorText.Quote(following[before])} and {ErrorText.Quote(node.Name)}: only models whose layers form one chain are supported.");
        }

        string name = Endpoint(config.Get("input_layers"), "inputs"), last = Endpoint(config.Get("output_layers"), "outputs");
        var nodes = new List<KerasNode>();
        while (byName.Remove(name, out KerasNode node))
        {
            nodes.Add(node);
            if (!following.TryGetValue(name, out string? next)) break;
            name = next;
        }

        if (byName.Count > 0 || !string.Equals(name, last, StringComparison.Ordinal)) throw new InvalidDataException("The layers of the model do not form one chain from its input to its output.");
        return nodes;
    }

    private static KerasNode Node(KerasJson layer)
    {
        string className = layer.Get("class_name").Text();
        KerasJson config = layer.Get("config");
        if (config.Kind != JsonTokenType.StartObject) throw new InvalidDataException($"A layer of the class {ErrorText.Quote(className)} has no configuration.");
        return new KerasNode(config.FindSet("name")?.Text() ?? layer.FindSet("name")?.Text() ?? "", className, config, layer.FindSet("build_config")?.FindSet("input_shape"));
    }

    /// <summary>The name of the layer whose output enters a layer; null for an input.</summary>
    private static string? Inbound(KerasJson nodes, KerasNode node)
    {
        List<KerasJson> calls = nodes.ShortList();
        if (calls.Count == 0) return null;
        if (calls.Count > 1) throw Invalid("is called more than once");
        return calls[0].Kind == JsonTokenType.StartObject ? FromCall(calls[0]) : FromList(calls[0]);

        // Keras 2: [[name, node, tensor, keyword arguments]].
        string FromList(KerasJson call)
        {
            List<KerasJson> tensors = call.ShortList();
            if (tensors.Count != 1) throw Invalid("has more than one input");
            List<KerasJson> parts = tensors[0].ShortList();
            if (parts.Count is not (3 or 4)) throw Invalid("has an invalid input");
            if (parts.Count == 4) RequireNothingElse(parts[3]);
            return Source(parts);
        }

        // Keras 3: {"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": [name, node, tensor]}}], "kwargs": {}}.
        string FromCall(KerasJson call)
        {
            List<KerasJson> arguments = call.Get("args").ShortList();
            if (arguments.Count != 1 || arguments[0].Kind != JsonTokenType.StartObject) throw Invalid("has more than one input");
            if (call.FindSet("kwargs") is { } keywords) RequireNothingElse(keywords);
            return Source(arguments[0].Get("config").Get("keras_history").ShortList());
        }

        string Source(List<KerasJson> parts)
        {
            if (parts.Count < 3 || parts[1].Int64() != 0 || parts[2].Int64() != 0) throw Invalid("has an input that is not the only output of a layer");
            return parts[0].Text();
        }

        void RequireNothingElse(KerasJson keywords)
        {
            if (keywords.Members(node.Name).FirstUnknown([], []) is { } keyword) throw Invalid($"is called with {ErrorText.Quote(keyword)}, which is not supported");
        }

        InvalidDataException Invalid(string problem) => new($"The layer {ErrorText.Quote(node.Name)} ({ErrorText.Quote(node.ClassName)}) {problem}.");
    }

    /// <summary>The only input or output of a model: [name, 0, 0], or a list with one such item.</summary>
    private static string Endpoint(KerasJson value, string what)
    {
        List<KerasJson> items = value.ShortList();
        if (items.Count == 1 && items[0].Kind == JsonTokenType.StartArray) items = items[0].ShortList();
        if (items.Count != 3 || items[0].Kind != JsonTokenType.String) throw new InvalidDataException($"The model has several {what}: expected one.");
        return items[0].Text();
    }

}
