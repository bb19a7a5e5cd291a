namespace RnnSharp.Tests;

/// <summary>Passes and gradients.</summary>
public sealed partial class BadArgumentTests
{
    private static Row[] Nouns() =>
    [
        Null("ForwardPass.GetValues(name)", "name", f => f.Stack.Forward(f.X).GetValues(null!)),
        Bad("ForwardPass.GetValues(name)", "name", "one of 0.", "got x", f => f.Stack.Forward(f.X).GetValues("x")),
        Bad("ForwardPass.GetValues(name)", "name", "no name", "got x", f => f.Dense.Forward(f.X).GetValues("x")),
        Null("Gradients.new(layer)", "layer", f => _ = new Gradients<double>(null!)),
        Null("Gradients.new(layer, parts)", "layer", f => _ = new Gradients<double>(null!, [])),
        Null("Gradients.new(layer, parts)", "parts", f => _ = new Gradients<double>(f.Stack, null!)),
        Bad("Gradients.new(layer, parts)", "parts", "parameters", "order", f => _ = new Gradients<double>(f.Stack, [new Gradients<double>(f.Stack.Layers[1]), new Gradients<double>(f.Stack.Layers[0])])),
        Bad("Gradients.new(layer, parts)", "parts", "Part 1", "null", f => _ = new Gradients<double>(f.Stack, [new Gradients<double>(f.Stack.Layers[0]), null!])),
        Null("Gradients.get_Item(name)", "name", f => _ = f.Gradients[(string)null!]),
        Null("Gradients.get_Item(parameter)", "parameter", f => _ = f.Gradients[(Parameter<double>)null!]),
        Bad("Gradients.get_Item(parameter)", "parameter", "one of weight_ih", "another layer", f => _ = f.Gradients[f.OtherLstm.Bias]),
        Bad("Gradients.get_Item(name)", "name", "one of weight_ih, weight_hh, bias", "got x", f => _ = f.Gradients["x"]),
        Bad("Gradients.Values(index)", "index", "0 to 2", "got 3", f => f.Gradients.Values(3)),
        Bad("Gradients.new(layer, parts)", "parts", "Part 1", "twice", f =>
        {
            var part = new Gradients<double>(f.Stack.Layers[0]);
            _ = new Gradients<double>(f.Stack, [part, part]);
        }),
        Bad("Gradients.Begin(index, accumulate)", "index", "0 to 2", "got -1", f => f.Gradients.Begin(-1, accumulate: false)),
        Null("Gradients.Add(other)", "other", f => f.Gradients.Add(null!)),
        Bad("Gradients.Add(other)", "other", "gradients", "another layer", f => f.Gradients.Add(f.OtherLstm.CreateGradients())),
        Null("Gradients.PrepareInput(input, wanted)", "input", f => f.Gradients.PrepareInput(null!, wanted: true)),

        Null("ForwardPass.new(layer)", "layer", f => _ = new BarePass(null!)),
    ];
}
