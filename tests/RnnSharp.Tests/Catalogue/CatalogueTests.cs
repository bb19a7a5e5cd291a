using System.Numerics;
using System.Reflection;
using FluentAssertions;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Catalogue;

/// <summary>The catalogue has every kind of layer with every option, and says of each what is true.</summary>
public sealed class CatalogueTests
{
    private static readonly Type[] Exported = typeof(Parameter<>).Assembly.GetExportedTypes();

    // All layers of all rows, parts of parts included.
    private static readonly ILayer<double>[] Layers = [.. LayerCatalogue<double>.Rows.SelectMany(row => WithParts(row.Create(4, 5)))];

    public static TheoryData<string> Names => CatalogueData.Names;

    public static TheoryData<Type> Enumerations => [.. Exported.Where(type => type is { IsEnum: true, Namespace: "RnnSharp.Layers" or "RnnSharp.Recurrent" })];

    [Fact]
    public void Every_public_layer_type_has_a_row()
    {
        Type[] types = [.. Exported.Where(type => type is { IsClass: true, IsAbstract: false } && IsLayer(type))];
        types.Length.Should().BeGreaterThanOrEqualTo(15);
        Type[] rows = [.. LayerCatalogue<double>.Rows.Select(row => row.Create(4, 5).GetType().GetGenericTypeDefinition()).Distinct()];
        types.Except(rows).Should().BeEmpty("each of these needs a row in the catalogue");

        static bool IsLayer(Type type)
        {
            for (Type? at = type.BaseType; at is not null; at = at.BaseType)
            {
                if (at.IsGenericType && at.GetGenericTypeDefinition() == typeof(Layer<>)) return true;
            }

            return false;
        }
    }

    [Fact]
    public void Every_option_of_every_recurrent_layer_has_a_row()
    {
        Type[] types = [.. Exported.Where(type => type is { IsAbstract: false } && type.IsSubclassOf(typeof(RecurrentOptions)))];
        types.Length.Should().BeGreaterThanOrEqualTo(5);
        object[] used = [.. Layers.OfType<RecurrentLayer<double>>().Select(layer => layer.Options)];
        foreach (Type type in types)
        {
            object standard = Activator.CreateInstance(type)!;
            foreach (PropertyInfo option in type.GetProperties().Where(property => property.GetMethod!.IsPublic && !IsRefused(type, property)))
                used.Where(options => options.GetType() == type).Select(option.GetValue).Should().Contain(value => !Equals(value, option.GetValue(standard)), "{0}.{1} needs a row in the catalogue", type.Name, option.Name);
        }

        // Layers without a recurrent product have nothing to drop units from, and a custom cell has sums of its own.
        static bool IsRefused(Type type, PropertyInfo option) => (option.Name is nameof(RecurrentOptions.Clip) && type == typeof(CustomRecurrentOptions)) || (option.Name is nameof(RecurrentOptions.RecurrentDropout)
            && Layers.OfType<RecurrentLayer<double>>().Where(layer => layer.Options.GetType() == type).All(layer => !HasRecurrentProduct(layer)));

        // One weight per unit, a vector, is no product.
        static bool HasRecurrentProduct(ILayer<double> layer) => layer.ParameterNames.Zip(layer.Parameters).Any(parameter => parameter is { First: "weight_hh", Second.Columns: > 1 });
    }

    [Theory]
    [MemberData(nameof(Enumerations))]
    public void Every_value_of_an_enumerated_option_has_a_row(Type type)
    {
        IEnumerable<object?> ofLayers = Layers.SelectMany(layer => Values(layer)), ofOptions = Layers.SelectMany(layer => Values((layer as RecurrentLayer<double>)?.Options));
        ofLayers.Concat(ofOptions).Distinct().Should().BeEquivalentTo(Enum.GetValues(type).Cast<object>());

        // An activation is an option with a kind of its own.
        IEnumerable<object?> Values(object? source) => source is null ? [] : source.GetType().GetProperties().Where(property => property.PropertyType == type).Select(property => property.GetValue(source))
            .Concat(source.GetType().GetProperties().Where(property => property.PropertyType == typeof(Activation) && source is not Activation).SelectMany(property => Values(property.GetValue(source))));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_row_describes_its_layer_correctly(string name)
    {
        LayerRow<double> row = LayerCatalogue<double>.Row(name);
        Layer<double> layer = row.Create(4, 20);
        layer.OutputSize.Should().Be(20);
        layer.InputSize.Should().Be(row.IsSquare ? 20 : 4);
        row.Create(4, 1).OutputSize.Should().Be(row.LeastOutputs);
        layer.IsStreaming.Should().Be(row.Streams);
        foreach (bool tokens in (bool[])[false, true])
        {
            Sequence<double> x = tokens ? Sequence<double>.ForTokens(layer.InputSize, 2, row.InputSteps ?? 3) : new Sequence<double>(layer.InputSize, 2, row.InputSteps ?? 3);
            Action predict = () => layer.Predict(x);
            if (row.Reads.HasFlag(tokens ? Reads.Tokens : Reads.Features)) predict.Should().NotThrow();
            else predict.Should().Throw<ArgumentException>().WithParameterName("input");
        }

        var call = new LayerCase<double>(row, layer, new CallShape(Batch: 4, Steps: 5, Tokens: !row.Reads.HasFlag(Reads.Features)));
        bool same = call.Forward().Output.Values.SequenceEqual(call.Predict(layer.CreateState(4)).Values);
        same.Should().Be(!row.DrawsMasks);
        if (row.InputSteps is { } steps) FluentActions.Invoking(() => layer.Predict(new Sequence<double>(layer.InputSize, 2, steps + 1))).Should().Throw<ArgumentException>();
        ToSingle(name).Create(4, 20).GetType().Name.Should().Be(layer.GetType().Name);
    }

    private static LayerRow<float> ToSingle(string name) => LayerCatalogue<float>.Row(name);

    private static IEnumerable<ILayer<T>> WithParts<T>(ILayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => [layer, .. layer.Parts.SelectMany(part => WithParts(part.Layer))];
}
