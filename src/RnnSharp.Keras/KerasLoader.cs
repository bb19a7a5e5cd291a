using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>The end of every load: creates a model or fills an existing one.</summary>
internal static class KerasLoader
{
    public static void RequireElementType<T>()
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double)) throw Refusal.Of("T", $"Expected float or double, got {typeof(T).Name}.");
    }

    /// <summary>Creates a model from tensors in the order of its plan's weights.</summary>
    public static KerasModel<T> Create<T>(KerasPlan plan, TensorSource tensors, KerasFileOptions options, ModelProbe<T>? probe, IReadOnlyList<int>? indices = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var source = new WeightSource(plan, tensors, indices ?? [.. Enumerable.Range(0, plan.Weights.Count)], options);
        LayerStack<T> model = source.Create<T>();
        Check(probe, model, plan);
        return new KerasModel<T>(model, plan);
    }

    /// <summary>Fills a model from tensors in the order of its plan's weights. It is unchanged if anything fails.</summary>
    public static void Fill<T>(ILayer<T> model, KerasPlan plan, TensorSource tensors, KerasFileOptions options, ModelProbe<T>? probe, IReadOnlyList<int>? indices = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Dictionary<string, Parameter<T>> parameters = WeightSource.ParametersOf(model);

        // Throws within an update of one of the parameters, before anything is written.
        foreach (Parameter<T> parameter in parameters.Values) parameter.Update(0, static (_, _) => { });
        var source = new WeightSource(plan, tensors, indices ?? [.. Enumerable.Range(0, plan.Weights.Count)], options);
        Dictionary<string, T[]> values = source.Read(parameters);
        if (probe is not null)
        {
            ILayer<T> copy = ModelConverter.Convert<T, T>(model);
            Set(WeightSource.ParametersOf(copy), values);
            probe.Check(copy);
        }

        Set(parameters, values);
    }

    private static void Set<T>(Dictionary<string, Parameter<T>> parameters, Dictionary<string, T[]> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((string name, T[] value) in values) parameters[name].Set(value);
    }

    private static void Check<T>(ModelProbe<T>? probe, LayerStack<T> model, KerasPlan plan)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (probe is null) return;
        bool isPlain = plan.FinalActivation == KerasActivation.Linear && !plan.IsReversed;
        probe.Check(isPlain ? model : new KerasOutputLayer<T>(model, plan.FinalActivation, plan.IsReversed));
    }
}
