using DataType = RnnSharp.Onnx.Schema.TensorProto.Types.DataType;

namespace RnnSharp.Onnx.Import;

/// <summary>Constant: a tensor in the node.</summary>
internal sealed class ConstantOperator : IOperator
{
    public string Name => "Constant";

    public void Import(NodeContext node)
    {
        if (node.Tensor("value") is { } tensor) node.Set(0, new ConstantValue(tensor));
        else if (node.HasAttribute("value_int")) node.Set(0, new ConstantValue([node.Whole("value_int", 0)], []));
        else if (node.HasAttribute("value_float")) node.Set(0, new ConstantValue([(double)node.Number("value_float", 0)], []));
        else if (node.Wholes("value_ints") is { } wholes) node.Set(0, new ConstantValue(wholes.ToArray(), [wholes.Count]));
        else if (node.Numbers("value_floats") is { } numbers) node.Set(0, new ConstantValue(Array.ConvertAll(numbers.ToArray(), number => (double)number), [numbers.Count]));
        else throw node.Refuse("expected a constant of numbers.");
    }
}

/// <summary>ConstantOfShape: a number in a shape that is given as sizes.</summary>
internal sealed class ConstantOfShapeOperator : IOperator
{
    public string Name => "ConstantOfShape";

    public void Import(NodeContext node)
    {
        SizesValue sizes = node.Importer.SizesOf(node.Input(0)) ?? throw node.Refuse($"expected sizes, got {node.Input(0).Kind}.");
        StoredTensor? value = node.Tensor("value");
        if (value is not null && value.Count != 1) throw node.Refuse($"expected a value of one number, got {value.Count}.");
        double number = value is null ? 0 : new ConstantValue(value).Numbers(node.Budget)[0];
        if (Array.Exists(sizes.Items, size => size.Factor < 0)) throw node.Refuse("expected sizes of 0 or more.");
        node.Set(0, new FillValue(number, value?.IsWhole ?? false, sizes.Items));
    }
}

/// <summary>Cast: changes nothing here but the kind of constants.</summary>
internal sealed class CastOperator : IOperator
{
    public string Name => "Cast";

    public void Import(NodeContext node)
    {
        var type = (DataType)node.Whole("to", 0);
        node.Whole("saturate", 1);
        bool isWhole = type is DataType.Int64 or DataType.Int32;
        bool isFloating = type is DataType.Float or DataType.Double;
        if (!isWhole && !isFloating) throw node.Refuse($"expected a cast to FLOAT, DOUBLE, INT64 or INT32, got {type}.");
        GraphValue value = node.Input(0);
        node.Set(0, value switch
        {
            SizesValue when isWhole => value,
            FillValue fill when fill.IsWhole == isWhole => fill,
            FillValue fill when isFloating || double.IsInteger(fill.Value) => new FillValue(fill.Value, isWhole, fill.Shape),
            PortValue port when port.Port.IsWhole == isWhole => port,
            FlowValue or StateValue when isFloating => value,
            ConstantValue { IsWhole: true } when isWhole => value,
            ConstantValue { IsWhole: true } constant when isFloating => new ConstantValue(constant.Numbers(node.Budget), constant.Shape),
            ConstantValue { IsWhole: false } constant when isFloating => Rounded(constant, type, node),
            _ => throw node.Refuse($"a cast of {value.Kind} to {type} is not imported."),
        });
    }

    private static ConstantValue Rounded(ConstantValue constant, DataType type, NodeContext node) => type == DataType.Double
        ? constant
        : new ConstantValue(Array.ConvertAll(constant.Numbers(node.Budget), number => (double)(float)number), constant.Shape);
}

/// <summary>Identity: a value under another name.</summary>
internal sealed class IdentityOperator : IOperator
{
    public string Name => "Identity";

    public void Import(NodeContext node)
    {
        if (node.InputCount != 1) throw node.Refuse($"expected one input, got {node.InputCount}.");
        node.Set(0, node.Input(0));
    }
}

/// <summary>Dropout, which does nothing outside of training.</summary>
internal sealed class DropoutOperator : IOperator
{
    public string Name => "Dropout";

    public void Import(NodeContext node)
    {
        // Neither counts outside of training.
        node.Number("ratio", 0);
        node.Whole("seed", 0);
        if (node.Optional(2) is { } training && !(node.Importer.ConstantOf(training, node) is { IsWhole: true, Count: 1 } mode && mode.Wholes(node.Budget)[0] == 0)) throw node.Refuse("expected no training mode, or a constant one of false.");
        node.Set(0, node.Input(0));
    }
}
